// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Deal, DealStatus} from "../interfaces/IUtilityNegotiator.sol";

/// @notice One interval of a deal. Bits: status 0..7, position 8..55 (a rating has 32 bits), and 56..255 the upper 200
/// bits of keccak256(abi.encode(Deal)), where they stand in the hash.
type DealSlot is uint256;

using DealSlotLib for DealSlot global;

library DealSlotLib {
    uint256 private constant TERMS = ~uint256((1 << 56) - 1);

    /// @notice Length of an ABI-encoded deal.
    uint256 internal constant DEAL_BYTES = 9 * 32;

    /// @param encoded abi.encode(Deal)
    function termsOf(bytes calldata encoded) internal pure returns (uint256) {
        return uint256(keccak256(encoded)) & TERMS;
    }

    /// @return the terms' part of a slot
    function termsOf(Deal memory deal) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(deal))) & TERMS;
    }

    function recorded(uint256 terms, uint64 itsPosition) internal pure returns (DealSlot) {
        return DealSlot.wrap(terms | (uint256(itsPosition) << 8) | uint256(DealStatus.Recorded));
    }

    function status(DealSlot self) internal pure returns (DealStatus) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return DealStatus(uint8(DealSlot.unwrap(self)));
    }

    function position(DealSlot self) internal pure returns (uint48) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint48(DealSlot.unwrap(self) >> 8);
    }

    function terms(DealSlot self) internal pure returns (uint256) {
        return DealSlot.unwrap(self) & TERMS;
    }

    function withStatus(DealSlot self, DealStatus next) internal pure returns (DealSlot) {
        return DealSlot.wrap((DealSlot.unwrap(self) & ~uint256(0xff)) | uint256(next));
    }
}
