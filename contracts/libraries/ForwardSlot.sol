// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ForwardStatus} from "../interfaces/IForwardContracts.sol";

// The slots of forward contracts, packed by hand: a bill reads each word once and writes it once.
// forge-lint: disable-start(unsafe-typecast)

/// @notice What changes of a contract. Bits: status 0..7, members that are not closed 8..39, what is left of the
/// retailer's deposit 40..103.
type ForwardState is uint256;

/// @notice A member. Bits: account 0..159, what is left of its deposit 160..223, periods billed 224..231, periods
/// billed in all 232..239 (there are at most 63), based 240, exited 241.
type MemberSlot is uint256;

/// @notice Up to which net import of each block is paid for. Bits: block i, signed, 64i..64i + 63.
type AccountedSlot is uint256;

using ForwardStateLib for ForwardState global;
using MemberSlotLib for MemberSlot global;
using AccountedSlotLib for AccountedSlot global;

library ForwardStateLib {
    uint256 private constant MEMBER = 1 << 8;
    uint256 private constant DEPOSIT = uint256(type(uint64).max) << 40;

    function signed(uint64 deposit) internal pure returns (ForwardState) {
        return ForwardState.wrap(uint256(ForwardStatus.Signed) | (uint256(deposit) << 40));
    }

    function status(ForwardState self) internal pure returns (ForwardStatus) {
        return ForwardStatus(uint8(ForwardState.unwrap(self)));
    }

    function openMembers(ForwardState self) internal pure returns (uint32) {
        return uint32(ForwardState.unwrap(self) >> 8);
    }

    function retailerDeposit(ForwardState self) internal pure returns (uint64) {
        return uint64(ForwardState.unwrap(self) >> 40);
    }

    function withStatus(ForwardState self, ForwardStatus next) internal pure returns (ForwardState) {
        return ForwardState.wrap((ForwardState.unwrap(self) & ~uint256(0xff)) | uint256(next));
    }

    /// @dev Meters are numbered by 32 bits, and each is a member once.
    function withMember(ForwardState self) internal pure returns (ForwardState) {
        unchecked {
            return ForwardState.wrap(ForwardState.unwrap(self) + MEMBER);
        }
    }

    /// @dev There is one: whoever calls this closes it.
    function withoutMember(ForwardState self) internal pure returns (ForwardState) {
        unchecked {
            return ForwardState.wrap(ForwardState.unwrap(self) - MEMBER);
        }
    }

    function withDeposit(ForwardState self, uint256 left) internal pure returns (ForwardState) {
        return ForwardState.wrap((ForwardState.unwrap(self) & ~DEPOSIT) | (left << 40));
    }
}

library MemberSlotLib {
    uint256 private constant BASED = 1 << 240;
    uint256 private constant EXITED = 1 << 241;
    uint256 private constant ACCOUNT = uint256(type(uint160).max);
    uint256 private constant LAST = uint256(0xff) << 232;

    function pack(address itsAccount, uint64 itsDeposit, uint256 periods) internal pure returns (MemberSlot) {
        return MemberSlot.wrap(uint256(uint160(itsAccount)) | (uint256(itsDeposit) << 160) | (periods << 232));
    }

    function account(MemberSlot self) internal pure returns (address) {
        return address(uint160(MemberSlot.unwrap(self)));
    }

    function deposit(MemberSlot self) internal pure returns (uint64) {
        return uint64(MemberSlot.unwrap(self) >> 160);
    }

    function billed(MemberSlot self) internal pure returns (uint8) {
        return uint8(MemberSlot.unwrap(self) >> 224);
    }

    function last(MemberSlot self) internal pure returns (uint8) {
        return uint8(MemberSlot.unwrap(self) >> 232);
    }

    function based(MemberSlot self) internal pure returns (bool) {
        return MemberSlot.unwrap(self) & BASED != 0;
    }

    function exited(MemberSlot self) internal pure returns (bool) {
        return MemberSlot.unwrap(self) & EXITED != 0;
    }

    /// @dev After a bill; every value is already known to fit.
    function withBill(MemberSlot self, uint256 left, uint256 periods, bool isBased) internal pure returns (MemberSlot) {
        uint256 others = MemberSlot.unwrap(self) & (ACCOUNT | LAST | EXITED);
        return MemberSlot.wrap(others | (left << 160) | (periods << 224) | (isBased ? BASED : 0));
    }

    /// @dev After an exit; every value is already known to fit.
    function withExit(MemberSlot self, uint256 left, uint256 periods) internal pure returns (MemberSlot) {
        uint256 others = MemberSlot.unwrap(self) & ~(LAST | (uint256(type(uint64).max) << 160));
        return MemberSlot.wrap(others | (left << 160) | (periods << 232) | EXITED);
    }
}

/// @dev Registers are below 2**60 and 63 contracted volumes below 2**60 together, so that nothing here leaves 64 bits.
library AccountedSlotLib {
    function pack(int64[4] memory all) internal pure returns (AccountedSlot) {
        uint256 word = 0;
        unchecked {
            for (uint256 i = 0; i < 4; ++i) {
                word |= uint256(uint64(all[i])) << (64 * i);
            }
        }
        return AccountedSlot.wrap(word);
    }

    function values(AccountedSlot self) internal pure returns (int64[4] memory each) {
        for (uint256 i = 0; i < 4; ++i) {
            each[i] = self.valueOf(i);
        }
    }

    function valueOf(AccountedSlot self, uint256 i) internal pure returns (int64) {
        unchecked {
            return int64(uint64(AccountedSlot.unwrap(self) >> (64 * i)));
        }
    }

    /// @dev What registers show beyond what is accounted for, of the first `count` blocks.
    function until(AccountedSlot self, int64[4] memory net, uint256 count)
        internal
        pure
        returns (int64[4] memory volumes)
    {
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                volumes[i] = net[i] - self.valueOf(i);
            }
        }
    }

    function plus(AccountedSlot self, int64[4] memory volumes) internal pure returns (AccountedSlot) {
        int64[4] memory sums;
        unchecked {
            for (uint256 i = 0; i < 4; ++i) {
                sums[i] = self.valueOf(i) + volumes[i];
            }
        }
        return pack(sums);
    }
}
// forge-lint: disable-end(unsafe-typecast)
