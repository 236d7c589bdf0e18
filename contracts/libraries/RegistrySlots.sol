// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// The registry's slots, packed by hand: each function reads a word once and writes it once.
// forge-lint: disable-start(unsafe-typecast)

/// @notice What a commitment needs of a meter. Bits: owner 0..159, rating 160..191, retiredFrom 192..223, utility
/// 224..231, frozen 232, supplied 233 (a supply was recorded once: look), aggregated 234 (it is behind another), parent
/// 235 (others are behind it).
type MeterRecord is uint256;

/// @notice A meter in an interval. Bits: exported 0..63, imported 64..127, committed 128..191, recorded 192; and of the
/// tail of the queue: the number of the market that took it 200..215 (zero: none or unknown), and where that market's
/// run of places begins 216..247 (ratings have 32 bits, so places do).
type QueueSlot is uint256;

/// @notice A meter's registers at a time. Bits: net import of register i, signed, 62i..62i + 61; recorded 248.
type RegisterSlot is uint256;

/// @notice A supply. Bits: market 0..159, from 160..191, to 192..223; zero: none.
type SupplySlot is uint256;

/// @notice The meter that another is behind. Bits: into 0..31, from 32..63.
type AggregateSlot is uint256;

using MeterRecordLib for MeterRecord global;
using QueueSlotLib for QueueSlot global;
using RegisterSlotLib for RegisterSlot global;
using SupplySlotLib for SupplySlot global;
using AggregateSlotLib for AggregateSlot global;

library MeterRecordLib {
    uint256 private constant FROZEN = 1 << 232;
    uint256 private constant SUPPLIED = 1 << 233;
    uint256 private constant AGGREGATED = 1 << 234;
    uint256 private constant PARENT = 1 << 235;

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

    function supplied(MeterRecord self) internal pure returns (bool) {
        return MeterRecord.unwrap(self) & SUPPLIED != 0;
    }

    function aggregated(MeterRecord self) internal pure returns (bool) {
        return MeterRecord.unwrap(self) & AGGREGATED != 0;
    }

    function parent(MeterRecord self) internal pure returns (bool) {
        return MeterRecord.unwrap(self) & PARENT != 0;
    }

    /// @dev Supplied or aggregated: what keeps a meter from selling stands elsewhere.
    function bound(MeterRecord self) internal pure returns (bool) {
        return MeterRecord.unwrap(self) & (SUPPLIED | AGGREGATED) != 0;
    }

    function retired(MeterRecord self, uint32 from) internal pure returns (MeterRecord) {
        uint256 others = MeterRecord.unwrap(self) & ~uint256(0xffffffff << 192);
        return MeterRecord.wrap(others | (uint256(from) << 192));
    }

    function withFrozen(MeterRecord self) internal pure returns (MeterRecord) {
        return MeterRecord.wrap(MeterRecord.unwrap(self) | FROZEN);
    }

    function withSupplied(MeterRecord self) internal pure returns (MeterRecord) {
        return MeterRecord.wrap(MeterRecord.unwrap(self) | SUPPLIED);
    }

    function withAggregated(MeterRecord self) internal pure returns (MeterRecord) {
        return MeterRecord.wrap(MeterRecord.unwrap(self) | AGGREGATED);
    }

    function withParent(MeterRecord self) internal pure returns (MeterRecord) {
        return MeterRecord.wrap(MeterRecord.unwrap(self) | PARENT);
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

library RegisterSlotLib {
    uint256 private constant BITS = 62;
    uint256 private constant REGISTER = type(uint64).max >> 2; // BITS ones
    uint256 private constant RECORDED = 1 << 248;

    /// @dev Registers are below 2**60, so their differences fit 61 bits and a sign. Where one is not, nothing is
    /// recorded.
    function pack(uint64[4] calldata imported, uint64[4] calldata exported) internal pure returns (RegisterSlot) {
        uint256 word = RECORDED;
        unchecked {
            for (uint256 i = 0; i < 4; ++i) {
                uint256 taken = imported[i];
                uint256 given = exported[i];
                if ((taken | given) >> 60 != 0) return RegisterSlot.wrap(0);
                word |= ((taken - given) & REGISTER) << (BITS * i);
            }
        }
        return RegisterSlot.wrap(word);
    }

    function recorded(RegisterSlot self) internal pure returns (bool) {
        return RegisterSlot.unwrap(self) & RECORDED != 0;
    }

    function net(RegisterSlot self) internal pure returns (int64[4] memory values) {
        unchecked {
            for (uint256 i = 0; i < 4; ++i) {
                // Up to the top and down again, with its sign
                values[i] = int64(int256(RegisterSlot.unwrap(self) << (256 - BITS * (i + 1))) >> (256 - BITS));
            }
        }
    }
}

library SupplySlotLib {
    SupplySlot internal constant NONE = SupplySlot.wrap(0);

    function pack(address itsMarket, uint32 itsFrom, uint32 itsTo) internal pure returns (SupplySlot) {
        return SupplySlot.wrap(uint256(uint160(itsMarket)) | (uint256(itsFrom) << 160) | (uint256(itsTo) << 192));
    }

    function market(SupplySlot self) internal pure returns (address) {
        return address(uint160(SupplySlot.unwrap(self)));
    }

    function from(SupplySlot self) internal pure returns (uint32) {
        return uint32(SupplySlot.unwrap(self) >> 160);
    }

    function to(SupplySlot self) internal pure returns (uint32) {
        return uint32(SupplySlot.unwrap(self) >> 192);
    }

    function covers(SupplySlot self, uint32 interval) internal pure returns (bool) {
        return self.from() <= interval && interval < self.to();
    }

    function isNone(SupplySlot self) internal pure returns (bool) {
        return SupplySlot.unwrap(self) == 0;
    }
}

library AggregateSlotLib {
    function pack(uint32 itsInto, uint32 itsFrom) internal pure returns (AggregateSlot) {
        return AggregateSlot.wrap(uint256(itsInto) | (uint256(itsFrom) << 32));
    }

    function into(AggregateSlot self) internal pure returns (uint32) {
        return uint32(AggregateSlot.unwrap(self));
    }

    function from(AggregateSlot self) internal pure returns (uint32) {
        return uint32(AggregateSlot.unwrap(self) >> 32);
    }
}
// forge-lint: disable-end(unsafe-typecast)
