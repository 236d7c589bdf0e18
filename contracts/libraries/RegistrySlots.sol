// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// The registry's two hot slots, packed by hand: each function reads a word once and writes it once.
// forge-lint: disable-start(unsafe-typecast)

/// @notice What a commitment needs of a meter. Bits: owner 0..159, rating 160..191, retiredFrom 192..223, utility
/// 224..231, frozen 232.
type MeterRecord is uint256;

/// @notice A meter in an interval. Bits: exported 0..63, imported 64..127, committed 128..191, recorded 192; and of the
/// tail of the queue: the number of the market that took it 200..215 (zero: none or unknown), and where that market's
/// run of places begins 216..247 (ratings have 32 bits, so places do).
type QueueSlot is uint256;

using MeterRecordLib for MeterRecord global;
using QueueSlotLib for QueueSlot global;

library MeterRecordLib {
    uint256 private constant FROZEN = 1 << 232;

    function pack(address itsOwner, uint32 itsRating, uint32 from, uint8 itsUtility)
        internal
        pure
        returns (MeterRecord)
    {
        return MeterRecord.wrap(
            uint256(uint160(itsOwner)) | (uint256(itsRating) << 160) | (uint256(from) << 192)
                | (uint256(itsUtility) << 224)
        );
    }

    function owner(MeterRecord self) internal pure returns (address) {
        return address(uint160(MeterRecord.unwrap(self)));
    }

    function rating(MeterRecord self) internal pure returns (uint32) {
        return uint32(MeterRecord.unwrap(self) >> 160);
    }

    function retiredFrom(MeterRecord self) internal pure returns (uint32) {
        return uint32(MeterRecord.unwrap(self) >> 192);
    }

    function utility(MeterRecord self) internal pure returns (uint8) {
        return uint8(MeterRecord.unwrap(self) >> 224);
    }

    function frozen(MeterRecord self) internal pure returns (bool) {
        return MeterRecord.unwrap(self) & FROZEN != 0;
    }

    function retired(MeterRecord self, uint32 from) internal pure returns (MeterRecord) {
        uint256 others = MeterRecord.unwrap(self) & ~uint256(0xffffffff << 192);
        return MeterRecord.wrap(others | (uint256(from) << 192));
    }

    function withFrozen(MeterRecord self) internal pure returns (MeterRecord) {
        return MeterRecord.wrap(MeterRecord.unwrap(self) | FROZEN);
    }
}

library QueueSlotLib {
    uint256 private constant RECORDED = 1 << 192;
    uint256 private constant READING = (1 << 128) - 1;
    /// @dev Bits of committed and of the two fields of the tail.
    uint256 private constant QUEUE = (((1 << 64) - 1) << 128) | (((1 << 48) - 1) << 200);

    function exported(QueueSlot self) internal pure returns (uint64) {
        return uint64(QueueSlot.unwrap(self));
    }

    function imported(QueueSlot self) internal pure returns (uint64) {
        return uint64(QueueSlot.unwrap(self) >> 64);
    }

    function committed(QueueSlot self) internal pure returns (uint64) {
        return uint64(QueueSlot.unwrap(self) >> 128);
    }

    function recorded(QueueSlot self) internal pure returns (bool) {
        return QueueSlot.unwrap(self) & RECORDED != 0;
    }

    function tailMarket(QueueSlot self) internal pure returns (uint16) {
        return uint16(QueueSlot.unwrap(self) >> 200);
    }

    function tailFrom(QueueSlot self) internal pure returns (uint32) {
        return uint32(QueueSlot.unwrap(self) >> 216);
    }

    function withReading(QueueSlot self, uint64 itsExport, uint64 itsImport) internal pure returns (QueueSlot) {
        uint256 others = QueueSlot.unwrap(self) & ~READING;
        return QueueSlot.wrap(others | RECORDED | (uint256(itsImport) << 64) | itsExport);
    }

    /// @dev `length` and `from` are at most a rating: 32 bits.
    function withQueue(QueueSlot self, uint256 length, uint16 market, uint256 from) internal pure returns (QueueSlot) {
        uint256 others = QueueSlot.unwrap(self) & ~QUEUE;
        return QueueSlot.wrap(others | (length << 128) | (uint256(market) << 200) | (from << 216));
    }
}
// forge-lint: disable-end(unsafe-typecast)
