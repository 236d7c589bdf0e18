// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LoanStatus} from "../../../contracts/interfaces/IEnergyLoans.sol";
import {DealStatus, OpenRequest, SessionStatus} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {DealSlot, DealSlotLib} from "../../../contracts/libraries/DealSlot.sol";
import {LoanSlot, LoanSlotLib} from "../../../contracts/libraries/LoanSlot.sol";
import {MeterRecord, MeterRecordLib, QueueSlot} from "../../../contracts/libraries/RegistrySlots.sol";
import {
    SessionParty,
    SessionPartyLib,
    SessionState,
    SessionStateLib
} from "../../../contracts/libraries/SessionSlots.sol";
import {Base} from "../support/Base.sol";

// Fields are cut out of words here on purpose.
// forge-lint: disable-start(unsafe-typecast)

/// @title The slots that are packed by hand: what goes in comes out, and a change touches nothing beside it.
/// @notice forge tries examples of these; `make deep` lets halmos prove them for every word and every value. Words are
/// arbitrary, even such as no contract ever writes.
contract SlotProofs is Base {
    uint256 private constant TERMS = ~uint256((1 << 56) - 1);
    uint256 private constant LOAN_TERMS = ~uint256((1 << 72) - 1);

    function test_DealSlotHoldsWhatItIsGiven(uint256 hash, uint32 position) public pure {
        DealSlot slot = DealSlotLib.recorded(hash & TERMS, position);
        _equal(slot.terms(), hash & TERMS, "terms");
        _equal(slot.position(), position, "position");
        _equal(uint256(slot.status()), uint256(DealStatus.Recorded), "status");
    }

    function test_DealStatusChangesAlone(uint256 word, uint8 status) public pure {
        VM.assume(status <= uint8(type(DealStatus).max));
        DealSlot slot = DealSlot.wrap(word).withStatus(DealStatus(status));
        _equal(uint256(slot.status()), status, "status");
        _equal(DealSlot.unwrap(slot) >> 8, word >> 8, "the rest");
    }

    function test_LoanSlotHoldsWhatItIsGiven(uint256 hash, uint32 given, uint32 returned) public pure {
        LoanSlot slot = LoanSlotLib.recorded(hash & LOAN_TERMS, given, returned);
        _equal(slot.terms(), hash & LOAN_TERMS, "terms");
        _equal(slot.givenPosition(), given, "given");
        _equal(slot.returnedPosition(), returned, "returned");
        _equal(uint256(slot.status()), uint256(LoanStatus.Recorded), "status");
    }

    function test_LoanStatusChangesAlone(uint256 word, uint8 status) public pure {
        VM.assume(status <= uint8(type(LoanStatus).max));
        LoanSlot slot = LoanSlot.wrap(word).withStatus(LoanStatus(status));
        _equal(uint256(slot.status()), status, "status");
        _equal(LoanSlot.unwrap(slot) >> 8, word >> 8, "the rest");
    }

    function test_SessionOpensWithWhatWasAsked(OpenRequest calldata request, uint40 deadline) public pure {
        SessionState state = SessionStateLib.pack(request, deadline);
        _equal(uint256(state.status()), uint256(SessionStatus.Open), "status");
        _true(state.initiatorSells() == request.selling, "selling");
        _true(state.issueByIssue() == request.issueByIssue, "procedure");
        _equal(state.locked(), 0, "locked");
        _equal(state.rounds(), 0, "rounds");
        _equal(state.maxRounds(), request.maxRounds, "most rounds");
        _equal(state.count(), request.count, "count");
        _equal(state.timeout(), request.timeout, "timeout");
        _equal(state.deadline(), deadline, "deadline");
        _equal(state.price(), 0, "price");
        _equal(state.energy(), 0, "energy");
    }

    function test_OfferChangesWhatATurnMay(
        uint256 word,
        uint8 locked,
        uint16 rounds,
        uint40 deadline,
        uint64 price,
        uint32 energy
    ) public pure {
        SessionState before = SessionState.wrap(word);
        SessionState state = before.withOffer(locked, rounds, deadline, price, energy);
        _equal(state.locked(), locked, "locked");
        _equal(state.rounds(), rounds, "rounds");
        _equal(state.deadline(), deadline, "deadline");
        _equal(state.price(), price, "price");
        _equal(state.energy(), energy, "energy");
        // Status and the two flags, then most rounds, count and timeout, then what lies above.
        _equal(uint24(SessionState.unwrap(state)), uint24(word), "status and flags");
        _equal(uint64(SessionState.unwrap(state) >> 48), uint64(word >> 48), "limits");
        _equal(SessionState.unwrap(state) >> 248, word >> 248, "the rest");
    }

    function test_SessionStatusAndDeadlineChangeAlone(uint256 word, uint8 status, uint40 deadline) public pure {
        VM.assume(status <= uint8(type(SessionStatus).max));
        SessionState state = SessionState.wrap(word).withStatus(SessionStatus(status)).withDeadline(deadline);
        _equal(uint256(state.status()), status, "status");
        _equal(state.deadline(), deadline, "deadline");
        _equal(uint104(SessionState.unwrap(state) >> 8), uint104(word >> 8), "between them");
        _equal(SessionState.unwrap(state) >> 152, word >> 152, "above them");
    }

    function test_PartyHoldsWhatItIsGiven(address account, uint32 meter, uint32 interval, uint32 maxAhead) public pure {
        SessionParty party = SessionPartyLib.pack(account, meter, interval, maxAhead);
        _equal(uint160(party.account()), uint160(account), "account");
        _equal(party.meter(), meter, "meter");
        _equal(party.interval(), interval, "interval");
        _equal(party.maxAhead(), maxAhead, "most ahead");
    }

    function test_MeterHoldsWhatItIsGiven(address owner, uint32 rating, uint32 from, uint8 utility) public pure {
        MeterRecord meter = MeterRecordLib.pack(owner, rating, from, utility);
        _equal(uint160(meter.owner()), uint160(owner), "owner");
        _equal(meter.rating(), rating, "rating");
        _equal(meter.retiredFrom(), from, "retired from");
        _equal(meter.utility(), utility, "utility");
        _true(!meter.frozen(), "not frozen");
    }

    function test_MeterRetiresAndFreezesAlone(uint256 word, uint32 from) public pure {
        MeterRecord meter = MeterRecord.wrap(word).retired(from).withFrozen();
        _equal(meter.retiredFrom(), from, "retired from");
        _true(meter.frozen(), "frozen");
        _equal(uint192(MeterRecord.unwrap(meter)), uint192(word), "owner and rating");
        _equal(meter.utility(), uint8(word >> 224), "utility");
        _equal(MeterRecord.unwrap(meter) >> 233, word >> 233, "the rest");
    }

    function test_ReadingLeavesTheQueueAlone(uint256 word, uint64 exported, uint64 imported) public pure {
        QueueSlot slot = QueueSlot.wrap(word).withReading(exported, imported);
        _equal(slot.exported(), exported, "exported");
        _equal(slot.imported(), imported, "imported");
        _true(slot.recorded(), "recorded");
        _equal(slot.committed(), uint64(word >> 128), "committed");
        _equal(QueueSlot.unwrap(slot) >> 193, word >> 193, "the rest");
    }

    function test_QueueLeavesTheReadingAlone(uint256 word, uint32 length, uint16 market, uint32 from) public pure {
        QueueSlot slot = QueueSlot.wrap(word).withQueue(length, market, from);
        _equal(slot.committed(), length, "committed");
        _equal(slot.tailMarket(), market, "market");
        _equal(slot.tailFrom(), from, "from");
        _equal(uint128(QueueSlot.unwrap(slot)), uint128(word), "reading");
        _equal(uint8(QueueSlot.unwrap(slot) >> 192), uint8(word >> 192), "recorded");
        _equal(QueueSlot.unwrap(slot) >> 248, word >> 248, "the rest");
    }
}
// forge-lint: disable-end(unsafe-typecast)
