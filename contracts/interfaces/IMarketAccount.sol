// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IParameters} from "./IParameters.sol";

/// @title The parties' free balances in a market. What is in escrow is in nobody's balance.
interface IMarketAccount is IParameters {
    event Deposited(address indexed party, uint256 amount);
    event Withdrawn(address indexed party, uint256 amount);

    error InsufficientBalance(address party, uint256 balance, uint256 needed);

    function TOKEN() external view returns (address);

    function deposit(uint256 amount) external;
    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;
    /// @notice Sends free balance to the caller. Can never be stopped.
    function withdraw(uint256 amount) external;
    function balanceOf(address party) external view returns (uint256);
}
