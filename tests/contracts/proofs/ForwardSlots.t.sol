// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ForwardStatus} from "../../../contracts/interfaces/IForwardContracts.sol";
import {
    AccountedSlot,
    AccountedSlotLib,
    ForwardState,
    ForwardStateLib,
    MemberSlot,
    MemberSlotLib
} from "../../../contracts/libraries/ForwardSlot.sol";
import {
    AggregateSlot,
    AggregateSlotLib,
    MeterRecord,
    RegisterSlot,
    RegisterSlotLib,
    SupplySlot,
    SupplySlotLib
} from "../../../contracts/libraries/RegistrySlots.sol";
import {Base} from "../support/Base.sol";

// Fields are cut out of words here on purpose.
// forge-lint: disable-start(unsafe-typecast)

/// @title The slots of forward contracts, registers and supplies, as `SlotProofs` has those of deals and meters.
contract ForwardSlotProofs is Base {
    function test_AContractHoldsWhatItIsGiven(uint64 deposit) public pure {
        ForwardState state = ForwardStateLib.signed(deposit);
        _equal(uint256(state.status()), uint256(ForwardStatus.Signed), "status");
        _equal(state.openMembers(), 0, "members");
        _equal(state.retailerDeposit(), deposit, "deposit");
    }

    function test_StatusAndDepositChangeAlone(uint256 word, uint8 status, uint64 left) public pure {
        VM.assume(status <= uint8(type(ForwardStatus).max));
        ForwardState state = ForwardState.wrap(word).withStatus(ForwardStatus(status)).withDeposit(left);
        _equal(uint256(state.status()), status, "status");
        _equal(state.retailerDeposit(), left, "deposit");
        _equal(state.openMembers(), uint32(word >> 8), "members");
        _equal(ForwardState.unwrap(state) >> 104, word >> 104, "the rest");
    }

    /// @dev Below the last number of members, and above none, the count never reaches its neighbours.
    function test_MembersComeAndGoAlone(uint256 word) public pure {
        uint32 open = uint32(word >> 8);
        VM.assume(open < type(uint32).max);
        ForwardState state = ForwardState.wrap(word).withMember();
        _equal(state.openMembers(), uint256(open) + 1, "one more");
        _equal(uint8(ForwardState.unwrap(state)), uint8(word), "status");
        _equal(ForwardState.unwrap(state) >> 40, word >> 40, "the rest");
        _equal(ForwardState.unwrap(state.withoutMember()), word, "and as before");
    }

    function test_AMemberHoldsWhatItIsGiven(address account, uint64 deposit, uint8 periods) public pure {
        MemberSlot slot = MemberSlotLib.pack(account, deposit, periods);
        _equal(uint160(slot.account()), uint160(account), "account");
        _equal(slot.deposit(), deposit, "deposit");
        _equal(slot.last(), periods, "periods in all");
        _equal(slot.billed(), 0, "billed");
        _true(!slot.based() && !slot.exited(), "neither based nor gone");
    }

    /// @dev What a bill may: deposit, periods billed, based. A word has nothing above its flags.
    function test_ABillChangesWhatItMay(uint256 word, uint64 left, uint8 periods, bool based) public pure {
        word &= (1 << 242) - 1;
        MemberSlot slot = MemberSlot.wrap(word).withBill(left, periods, based);
        _equal(slot.deposit(), left, "deposit");
        _equal(slot.billed(), periods, "billed");
        _true(slot.based() == based, "based");
        _equal(uint160(slot.account()), uint160(word), "account");
        _equal(slot.last(), uint8(word >> 232), "periods in all");
        _equal(MemberSlot.unwrap(slot) >> 241, word >> 241, "exited");
    }

    /// @dev What an exit may: deposit, periods billed in all, exited.
    function test_AnExitChangesWhatItMay(uint256 word, uint64 left, uint8 periods) public pure {
        MemberSlot slot = MemberSlot.wrap(word).withExit(left, periods);
        _equal(slot.deposit(), left, "deposit");
        _equal(slot.last(), periods, "periods in all");
        _true(slot.exited(), "exited");
        _equal(uint160(slot.account()), uint160(word), "account");
        _equal(slot.billed(), uint8(word >> 224), "billed");
        _true(slot.based() == ((word >> 240) & 1 == 1), "based");
        _equal(MemberSlot.unwrap(slot) >> 242, word >> 242, "the rest");
    }

    function test_AccountedHoldsWhatItIsGiven(int64 a, int64 b, int64 c, int64 d) public pure {
        AccountedSlot slot = AccountedSlotLib.pack([a, b, c, d]);
        _same(slot.valueOf(0), a, "first");
        _same(slot.valueOf(1), b, "second");
        _same(slot.valueOf(2), c, "third");
        _same(slot.valueOf(3), d, "fourth");
    }

    /// @dev Registers come back as their difference, with its sign, or are refused as a whole.
    function test_RegistersComeBackAsNet(uint64[4] calldata imported, uint64[4] calldata exported) public pure {
        RegisterSlot slot = RegisterSlotLib.pack(imported, exported);
        uint64 all = imported[0] | imported[1] | imported[2] | imported[3];
        all |= exported[0] | exported[1] | exported[2] | exported[3];
        if (all >> 60 != 0) {
            _equal(RegisterSlot.unwrap(slot), 0, "nothing is recorded");
            return;
        }
        _true(slot.recorded(), "recorded");
        int64[4] memory net = slot.net();
        _same(net[0], int64(imported[0]) - int64(exported[0]), "first");
        _same(net[1], int64(imported[1]) - int64(exported[1]), "second");
        _same(net[2], int64(imported[2]) - int64(exported[2]), "third");
        _same(net[3], int64(imported[3]) - int64(exported[3]), "fourth");
    }

    function test_ASupplyHoldsWhatItIsGiven(address market, uint32 from, uint32 to, uint32 interval) public pure {
        SupplySlot slot = SupplySlotLib.pack(market, from, to);
        _equal(uint160(slot.market()), uint160(market), "market");
        _equal(slot.from(), from, "from");
        _equal(slot.to(), to, "to");
        _true(slot.covers(interval) == (from <= interval && interval < to), "covers");
        _true(slot.isNone() == (market == address(0) && from == 0 && to == 0), "none");
    }

    function test_ASubmeterHoldsWhatItIsGiven(uint32 into, uint32 from) public pure {
        AggregateSlot slot = AggregateSlotLib.pack(into, from);
        _equal(slot.into(), into, "into");
        _equal(slot.from(), from, "from");
    }

    function test_WhatBindsAMeterChangesAlone(uint256 word) public pure {
        MeterRecord meter = MeterRecord.wrap(word).withSupplied().withAggregated().withParent();
        _true(meter.supplied() && meter.aggregated() && meter.parent() && meter.bound(), "bound");
        _equal(MeterRecord.unwrap(meter) & ~(uint256(7) << 233), word & ~(uint256(7) << 233), "the rest");
    }

    function _same(int64 a, int64 b, string memory message) private pure {
        _equal(uint64(a), uint64(b), message);
    }
}
// forge-lint: disable-end(unsafe-typecast)
