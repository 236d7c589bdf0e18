// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Numbers of people and places are small.
// forge-lint: disable-start(unsafe-typecast)

import {Bill, ForwardTerms, Membership} from "../../../contracts/interfaces/IForwardContracts.sol";
import {SignedRegisters} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {ForwardStage} from "../support/ForwardStage.sol";
import {Tree} from "../support/Tree.sol";

/// @title The gas of forward contracts, whole transactions.
/// @notice In isolation each call pays 21,000, its calldata and cold slots, as a transaction does.
contract ForwardGas is ForwardStage {
    uint256 private constant MEMBERS = 100;

    function setUp() public {
        _openDesk();
        _settle(MEMBERS);
    }

    /// forge-config: default.isolate = true
    function test_GasOfABatchOfAHundredBills() public {
        ForwardTerms memory terms = _forward(1);
        bytes32 digest = desk.forwardDigest(terms);
        bytes memory retailers = _signature(RETAILER, digest);
        bytes memory communities = _signature(COMMUNITY, digest);
        desk.signForward(terms, retailers, communities);
        VM.snapshotValue("forward", "sign", _spent());
        bytes32[] memory leaves = _roster();
        for (uint256 n = 1; n <= MEMBERS; ++n) {
            Membership memory membership = _membership(terms, n);
            bytes memory signature = _signature(n, desk.membershipDigest(membership));
            (int64[] memory volumes, bytes32[] memory proof) = (_volumes(n), Tree.branch(leaves, n - 1));
            desk.joinForward(terms, membership, volumes, proof, signature);
        }
        VM.snapshotValue("forward", "join", _spent());

        _postAll(0);
        _postAll(1);
        _billAll(terms, 0);
        VM.snapshotValue("forward", "batch_first_bill_per_member", _spent() / MEMBERS);

        _postAll(2);
        uint256 posting = _spent() / MEMBERS;
        uint256 before = VM.snapshotState();
        _billAll(terms, 1);
        uint256 bill = _spent() / MEMBERS;
        VM.snapshotValue("forward", "register_posting", posting);
        VM.snapshotValue("forward", "batch_per_member", bill);
        VM.snapshotValue("forward", "member_bill", posting + bill);
        VM.assertLe(posting + bill, 75_000, "a member's bill and its register");
        _postAll(3);
        _billAll(terms, 2);
        VM.snapshotValue("forward", "batch_last_bill_per_member", _spent() / MEMBERS);

        VM.revertToState(before);
        Bill memory one = _billOf(1, 1, false);
        desk.billMember(terms, one);
        VM.snapshotValue("forward", "bill_alone", _spent());
        uint32 meter = meterOf[2];
        VM.prank(_person(2));
        desk.exitForward(terms, meter);
        VM.snapshotValue("forward", "exit", _spent());
    }

    function _postAll(uint256 period) private {
        _warpTo(period);
        SignedRegisters[] memory signed = new SignedRegisters[](MEMBERS);
        for (uint256 i = 0; i < MEMBERS; ++i) {
            signed[i] = _registers(
                i + 1, _boundary(period), int64(uint64(700_000 + 1_000 * period + i)), int64(uint64(300 * period))
            );
        }
        _equal(registry.postRegistersBatch(signed), MEMBERS, "all posted");
    }

    function _billAll(ForwardTerms memory terms, uint16 period) private {
        Bill[] memory bills = new Bill[](MEMBERS);
        for (uint256 i = 0; i < MEMBERS; ++i) {
            bills[i] = _billOf(i + 1, period, false);
        }
        _equal(desk.billBatch(terms, bills), MEMBERS, "all billed");
    }

    function _spent() private view returns (uint256) {
        return VM.lastCallGas().gasTotalUsed;
    }
}
