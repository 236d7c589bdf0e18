// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Vm} from "./Vm.sol";

/// @title What every test contract stands on: the cheatcodes, assertions, `bound`, and targets for invariants.
abstract contract Base {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Foundry sees this and calls the contract a test.
    // forge-lint: disable-next-line(mixed-case-variable)
    bool public IS_TEST = true;

    address[] private _targets;

    /// @notice Read by Foundry: the contracts whose functions an invariant run calls.
    function targetContracts() external view returns (address[] memory) {
        return _targets;
    }

    function _target(address handler) internal {
        _targets.push(handler);
    }

    /// @dev Wraps any `x` into [low, high]; Foundry's own reverts when out of range.
    function _bound(uint256 x, uint256 low, uint256 high) internal pure returns (uint256) {
        if (x >= low && x <= high) return x;
        uint256 size = high - low + 1;
        return size == 0 ? x : low + x % size;
    }

    function _equal(uint256 a, uint256 b, string memory message) internal pure {
        VM.assertEq(a, b, message);
    }

    function _true(bool value, string memory message) internal pure {
        VM.assertTrue(value, message);
    }

    function _expect(bytes memory reason) internal {
        VM.expectRevert(reason);
    }
}
