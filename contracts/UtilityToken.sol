// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import {IUtilityToken} from "./interfaces/IUtilityToken.sol";

/// @title The currency on OpenZeppelin's ERC-20 with permit.
contract UtilityToken is ERC20Permit, IUtilityToken {
    /// @inheritdoc IUtilityToken
    uint256 public immutable WEI_PER_UNIT;

    constructor(string memory name, string memory symbol, uint256 weiPerUnit) ERC20(name, symbol) ERC20Permit(name) {
        if (weiPerUnit == 0) revert ZeroRate();
        WEI_PER_UNIT = weiPerUnit;
    }

    /// @inheritdoc IUtilityToken
    function buy() external payable returns (uint256 amount) {
        // Check
        if (msg.value == 0) revert ZeroTokens();
        if (msg.value % WEI_PER_UNIT != 0) revert EtherRemainder(msg.value, WEI_PER_UNIT);
        amount = msg.value / WEI_PER_UNIT;

        // Effect
        _mint(msg.sender, amount);

        emit Bought(msg.sender, amount);
    }

    /// @inheritdoc IUtilityToken
    function redeem(uint256 amount) external {
        // Check
        if (amount == 0) revert ZeroTokens();

        // Effect: burning first also bounds `amount`, so that the product below cannot overflow
        _burn(msg.sender, amount);

        emit Redeemed(msg.sender, amount);

        // Interaction
        uint256 value = amount * WEI_PER_UNIT;
        (bool sent,) = msg.sender.call{value: value}("");
        if (!sent) revert EtherRefused(msg.sender, value);
    }

    /// @notice A millionth of a token is the smallest unit.
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(ERC20Permit, IERC20Permit) returns (uint256) {
        return super.nonces(owner);
    }
}
