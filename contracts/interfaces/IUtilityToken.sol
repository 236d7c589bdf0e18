// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title The market's currency: an ERC-20 with permit and 6 decimals, bought with Ether and redeemed at one rate.
/// @notice Invariant: balance of this contract in wei ≥ totalSupply × WEI_PER_UNIT, whatever is donated. Nobody mints
/// otherwise, nobody holds a role, and Ether leaves by redemption alone.
interface IUtilityToken is IERC20, IERC20Permit {
    event Bought(address indexed buyer, uint256 amount);
    event Redeemed(address indexed holder, uint256 amount);

    error ZeroRate();
    error ZeroTokens();
    /// @dev The Ether sent, or asked back, is no whole number of token units.
    error EtherRemainder(uint256 value, uint256 weiPerUnit);
    error EtherRefused(address to, uint256 value);

    /// @notice Wei per token base unit (a millionth of a token); fixed.
    function WEI_PER_UNIT() external view returns (uint256);

    /// @notice Mints `msg.value / WEI_PER_UNIT` units to the caller; a remainder is refused.
    function buy() external payable returns (uint256 amount);

    /// @notice Burns `amount` units of the caller and pays `amount × WEI_PER_UNIT` wei to the caller.
    function redeem(uint256 amount) external;
}
