// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

import {Bill, ForwardStatus, ForwardTerms, IForwardContracts} from "../interfaces/IForwardContracts.sol";
import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {ForwardHash} from "../libraries/ForwardHash.sol";
import {AccountedSlot, AccountedSlotLib, ForwardState, MemberSlot} from "../libraries/ForwardSlot.sol";
import {ForwardBook} from "./ForwardBook.sol";

/// @title Bills of forward contracts, by anyone, out of prepaid deposits; and how members and contracts end.
/// @notice What is wrong with a bill is found before anything changes and is returned, not thrown: so a batch skips an
/// item without a call to itself, and the terms are read and hashed once for all.
abstract contract BillDesk is ForwardBook {
    /// @dev What all bills of a call share.
    struct Frame {
        bytes32 key;
        address retailer;
        bytes32 schedule;
        uint32[] boundaries;
        uint64[] rates;
    }

    /// @dev What a bill comes to, before anything is written.
    struct Draft {
        MemberSlot slot;
        bool based;
        bool metered;
        AccountedSlot accounted;
        int64[4] volumes;
    }

    /// @inheritdoc IForwardContracts
    function billMember(ForwardTerms calldata terms, Bill calldata bill) external {
        (Frame memory frame, ForwardBox storage box) = _frameOf(terms);
        bytes memory fault = _bill(frame, box, bill);
        if (fault.length != 0) LowLevelCall.bubbleRevert(fault);
    }

    /// @inheritdoc IForwardContracts
    function billBatch(ForwardTerms calldata terms, Bill[] calldata bills) external returns (uint256 billed) {
        (Frame memory frame, ForwardBox storage box) = _frameOf(terms);
        for (uint256 i = 0; i < bills.length; ++i) {
            bytes memory fault = _bill(frame, box, bills[i]);
            if (fault.length == 0) ++billed;
            else emit ItemSkipped(i, frame.key, fault);
        }
    }

    /// @inheritdoc IForwardContracts
    function exitForward(ForwardTerms calldata terms, uint32 meter) external {
        // Check
        bytes32 key = _keyOf(terms);
        ForwardBox storage box = _requireSigned(key, terms);
        MemberBox storage member = _members[key][meter];
        MemberSlot slot = member.slot;
        if (slot.account() == address(0)) revert NotAMember(key, meter);
        if (slot.account() != msg.sender) revert NotTheMember(key, meter, msg.sender, slot.account());
        if (slot.exited()) revert AlreadyExited(key, meter, slot.last());
        uint256 periods = terms.boundaries.length - 1;
        uint256 end = _startOf(terms.boundaries[periods]);
        if (block.timestamp >= end) revert ExitTooLate(key, meter, end, block.timestamp);

        // Effect: as many periods as have begun are billed
        uint256 last = 0;
        while (last < periods && block.timestamp >= _startOf(terms.boundaries[last])) ++last;
        uint256 left = slot.deposit();
        uint256 fee = _least(terms.exitFee, left);
        unchecked {
            left -= fee;
        }
        if (fee != 0) _credit(terms.retailer, fee);
        member.slot = slot.withExit(last == 0 ? 0 : left, last);
        if (last == 0) {
            box.state = box.state.withoutMember();
            if (left != 0) _credit(msg.sender, left);
        }

        // forge-lint: disable-next-line(unsafe-typecast)
        emit MemberExited(key, meter, uint16(last), fee);
        if (last == 0) emit MemberClosed(key, meter, left);

        // Interaction: the registry is the market's own and calls nobody
        if (last != periods) {
            IMeterRegistry(REGISTRY).endSupply(meter, terms.boundaries[0], terms.boundaries[last]);
        }
    }

    /// @inheritdoc IForwardContracts
    function closeForward(ForwardTerms calldata terms) external {
        // Check
        bytes32 key = _keyOf(terms);
        ForwardBox storage box = _requireSigned(key, terms);
        ForwardState state = box.state;
        uint256 end = _startOf(terms.boundaries[terms.boundaries.length - 1]);
        if (block.timestamp < end) revert ContractRunning(key, end, block.timestamp);
        if (state.openMembers() != 0) revert MembersOpen(key, state.openMembers());

        // Effect
        uint256 refunded = state.retailerDeposit();
        box.state = state.withDeposit(0).withStatus(ForwardStatus.Closed);
        if (refunded != 0) _credit(terms.retailer, refunded);

        emit ForwardClosed(key, refunded);
    }

    function _frameOf(ForwardTerms calldata terms) private view returns (Frame memory frame, ForwardBox storage box) {
        bytes32 key = _keyOf(terms);
        box = _requireSigned(key, terms);
        frame = Frame({
            key: key,
            retailer: terms.retailer,
            schedule: ForwardHash.ofSchedule(terms.blocks, terms.zone),
            boundaries: terms.boundaries,
            rates: terms.rates
        });
    }

    /// @dev Bills one period, or changes nothing and returns the error. What runs out of gas here does so as a whole.
    function _bill(Frame memory frame, ForwardBox storage box, Bill calldata bill)
        private
        returns (bytes memory fault)
    {
        // Check
        MemberBox storage member = _members[frame.key][bill.meter];
        Draft memory draft;
        fault = _draft(frame, member, bill, draft);
        if (fault.length != 0) return fault;

        // Effect
        if (draft.based) member.accounted = draft.accounted;
        int256 amount = _amountOf(frame.rates, draft.volumes);
        MemberSlot slot = draft.slot;
        (uint256 paid, uint256 left) = _pay(box, frame.retailer, slot, amount);
        uint256 billed;
        unchecked {
            billed = uint256(bill.period) + 1;
        }
        bool closes = billed == slot.last();
        member.slot = slot.withBill(closes ? 0 : left, billed, draft.based);

        emit MemberBilled(frame.key, bill.meter, bill.period, draft.metered, draft.volumes, amount, paid);
        if (closes) {
            box.state = box.state.withoutMember();
            if (left != 0) _credit(slot.account(), left);
            emit MemberClosed(frame.key, bill.meter, left);
        }
    }

    /// @dev What a bill comes to, written into `draft`, or the error.
    function _draft(Frame memory frame, MemberBox storage member, Bill calldata bill, Draft memory draft)
        private
        view
        returns (bytes memory)
    {
        MemberSlot slot = member.slot;
        (uint32 meter, uint16 period) = (bill.meter, bill.period);
        if (slot.account() == address(0)) return abi.encodeWithSelector(NotAMember.selector, frame.key, meter);
        if (period != slot.billed() || period == slot.last()) {
            return abi.encodeWithSelector(WrongPeriod.selector, frame.key, meter, period, slot.billed());
        }
        draft.slot = slot;
        draft.based = slot.based();
        if (draft.based) {
            draft.accounted = member.accounted;
        } else if (period == 0) {
            (bool known, bool seen, int64[4] memory base) = _registersAt(frame, meter, 0);
            if (!known) return _notFinal(meter, frame.boundaries[0]);
            if (seen) (draft.based, draft.accounted) = (true, AccountedSlotLib.pack(base));
        }
        (bool isFinal, bool posted, int64[4] memory net) = _registersAt(frame, meter, uint256(period) + 1);
        if (!isFinal) return _notFinal(meter, frame.boundaries[uint256(period) + 1]);

        draft.metered = posted && draft.based;
        uint256 blocks = frame.rates.length;
        if (draft.metered) {
            draft.volumes = draft.accounted.until(net, blocks);
        } else {
            if (keccak256(abi.encode(bill.volumes)) != member.volumesHash) {
                return abi.encodeWithSelector(BadVolumes.selector, frame.key, meter);
            }
            for (uint256 i = 0; i < blocks; ++i) {
                draft.volumes[i] = bill.volumes[period * blocks + i];
            }
        }
        if (posted) (draft.based, draft.accounted) = (true, AccountedSlotLib.pack(net));
        else if (draft.based) draft.accounted = draft.accounted.plus(draft.volumes);
        return "";
    }

    /// @dev From the member's deposit to the retailer's balance, or from the retailer's deposit to the member's
    /// balance, as far as it reaches.
    /// @return paid what moved
    /// @return left what is left of the member's deposit
    function _pay(ForwardBox storage box, address retailer, MemberSlot slot, int256 amount)
        private
        returns (uint256 paid, uint256 left)
    {
        left = slot.deposit();
        unchecked {
            if (amount > 0) {
                // forge-lint: disable-next-line(unsafe-typecast)
                paid = _least(uint256(amount), left);
                left -= paid;
                if (paid != 0) _credit(retailer, paid);
            } else if (amount < 0) {
                ForwardState state = box.state;
                uint256 reach = state.retailerDeposit();
                // forge-lint: disable-next-line(unsafe-typecast)
                paid = _least(uint256(-amount), reach);
                box.state = state.withDeposit(reach - paid);
                if (paid != 0) _credit(slot.account(), paid);
            }
        }
    }

    /// @dev Rates are below 2**40 and volumes below 2**62 in magnitude, of at most four blocks.
    function _amountOf(uint64[] memory rates, int64[4] memory volumes) private pure returns (int256 amount) {
        unchecked {
            for (uint256 i = 0; i < rates.length; ++i) {
                amount += int256(uint256(rates[i])) * volumes[i];
            }
        }
    }

    function _registersAt(Frame memory frame, uint32 meter, uint256 boundary)
        private
        view
        returns (bool isFinal, bool posted, int64[4] memory net)
    {
        return IMeterRegistry(REGISTRY).registersAt(meter, frame.boundaries[boundary], frame.schedule);
    }

    function _notFinal(uint32 meter, uint32 at) private view returns (bytes memory) {
        return abi.encodeWithSelector(PeriodNotFinal.selector, meter, at, _silenceFrom(at), block.timestamp);
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
