// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Model} from "./Model.sol";

/// @title How an action finds its arguments: everything follows from one number that the run draws.
abstract contract Moves is Model {
    function _pick(uint256 seed, string memory what, uint256 low, uint256 high) internal pure returns (uint256) {
        return _bound(uint256(keccak256(abi.encode(seed, what))), low, high);
    }

    function _chance(uint256 seed, string memory what, uint256 oneIn) internal pure returns (bool) {
        return _pick(seed, what, 1, oneIn) == 1;
    }

    /// @dev A place in a list, mostly one of the last.
    function _late(uint256 seed, uint256 length) internal pure returns (uint256) {
        bool early = length <= 8 || _chance(seed, "early", 5);
        return _pick(seed, "place", early ? 0 : length - 8, length - 1);
    }

    function _somebody(uint256 seed) internal pure returns (uint256) {
        return _pick(seed, "person", 1, PEOPLE);
    }

    function _other(uint256 seed, uint256 than) internal pure returns (uint256) {
        return (than - 1 + _pick(seed, "other", 1, PEOPLE - 1)) % PEOPLE + 1;
    }

    function _meterOf(uint256 person) internal pure returns (uint32) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(person);
    }

    function _present() internal view returns (uint32) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32((_now() - EPOCH) / INTERVAL);
    }

    /// @dev One of the next intervals, so that deals meet in the same queues; the gate of the first may have passed.
    function _soon(uint256 seed) internal view returns (uint32) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return _present() + uint32(_pick(seed, "interval", 1, 3));
    }

    function _energy(uint256 seed, uint256 most) internal pure returns (uint64) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(_pick(seed, "energy", _chance(seed, "none", 30) ? 0 : 1, most));
    }

    function _price(uint256 seed) internal pure returns (uint64) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(_pick(seed, "price", 1, _chance(seed, "dear", 6) ? 40_000 : 400));
    }

    function _maxAhead(uint256 seed) internal pure returns (uint32) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(_pick(seed, "ahead", 0, 2) * 30_000);
    }

    function _count(uint256 seed) internal pure returns (uint16) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint16(_pick(seed, "count", 1, 3));
    }
}
