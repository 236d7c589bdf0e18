// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IMarketAccount} from "../interfaces/IMarketAccount.sol";

/// @title The parties' free balances. What is in escrow is in nobody's balance.
abstract contract Balances is IMarketAccount {
    using SafeERC20 for IERC20;

    /// @inheritdoc IMarketAccount
    address public immutable TOKEN;

    /// @inheritdoc IMarketAccount
    mapping(address party => uint256 amount) public balanceOf;

    constructor(address token) {
        if (token == address(0)) revert ZeroAddress("token");
        TOKEN = token;
    }

    /// @inheritdoc IMarketAccount
    function deposit(uint256 amount) external {
        _deposit(amount);
    }

    /// @inheritdoc IMarketAccount
    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        // Someone may have used the permit already; then the allowance stands and the transfer decides
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(TOKEN).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(amount);
    }

    /// @inheritdoc IMarketAccount
    function withdraw(uint256 amount) external {
        // Check and effect
        _debit(msg.sender, amount);

        emit Withdrawn(msg.sender, amount);

        // Interaction
        IERC20(TOKEN).safeTransfer(msg.sender, amount);
    }

    function _deposit(uint256 amount) private {
        // Effect
        _credit(msg.sender, amount);

        emit Deposited(msg.sender, amount);

        // Interaction
        IERC20(TOKEN).safeTransferFrom(msg.sender, address(this), amount);
    }

    function _credit(address party, uint256 amount) internal {
        unchecked {
            balanceOf[party] += amount; // amounts are tokens that exist, and the token's supply is checked
        }
    }

    function _debit(address party, uint256 amount) internal {
        uint256 balance = balanceOf[party];
        if (balance < amount) revert InsufficientBalance(party, balance, amount);
        unchecked {
            balanceOf[party] = balance - amount;
        }
    }
}
