// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Deal, Move, Offer, SessionTerms, SignedAgreement} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "../support/MarketStage.sol";

/// @title The market's gas, whole transactions, against the figures that it must reach.
/// @notice In isolation each call pays 21,000, its calldata and cold slots, as a transaction does.
contract MarketGas is MarketStage {
    uint256 private constant PAIRS = 100;
    /// @dev What BaselineGas measures for the same in one clone per negotiation.
    uint256 private constant BASELINE = 743_576;

    function setUp() public {
        _open();
        VM.prank(_person(1));
        market.open(_request(40)); // so that the counter of sessions does not start from zero
    }

    /// forge-config: default.isolate = true
    function test_GasOfSixOffersToEscrow() public {
        VM.prank(_person(1));
        uint64 session = market.open(_request(10));
        uint256 opened = _spent();
        VM.prank(_person(2));
        market.join(session, buyerMeter, 50_000);
        uint256 joined = _spent();
        uint256 offers = 0;
        uint256 counter = 0;
        for (uint64 round = 0; round < 6; ++round) {
            _offer(1 + round % 2, session, 250 + round, 1500, 0);
            counter = _spent();
            offers += counter;
        }
        VM.prank(_person(1));
        market.accept(session, 5, 255, 1500);
        uint256 accepted = _spent();
        uint256 total = opened + joined + offers + accepted;

        VM.snapshotValue("market", "open", opened);
        VM.snapshotValue("market", "join", joined);
        VM.snapshotValue("market", "counter_offer", counter);
        VM.snapshotValue("market", "accept", accepted);
        VM.snapshotValue("market", "six_offers_to_escrow", total);
        VM.assertLe(counter, 34_500, "a counter-offer");
        VM.assertLe(total * 100, BASELINE * 60, "six offers to escrow against the baseline");
    }

    /// forge-config: default.isolate = true
    function test_GasOfOneSignedDeal() public {
        Offer memory head = _head(_terms(1, 10), 250, 1500);
        bytes32 digest = market.offerDigest(head);
        bytes memory proposer = _signature(1, digest);
        bytes memory acceptor = _signature(2, digest);
        market.recordSigned(head, new Move[](0), proposer, acceptor);
        uint256 recorded = _spent();
        _export(10, 1500);
        uint256 posted = _spent();
        uint256 before = VM.snapshotState();
        market.settle(_dealOf(head), 0);
        uint256 settled = _spent();

        VM.revertToState(before);
        VM.prank(_person(1));
        market.withdraw(STAKE);
        market.settle(_dealOf(head), 0);
        VM.snapshotValue("market", "settle_first_time_seller", _spent());
        VM.snapshotValue("market", "signed_record", recorded);
        VM.snapshotValue("market", "signed_settle", settled);
        VM.snapshotValue("market", "signed_single", recorded + settled);
        VM.snapshotValue("market", "reading", posted);
        VM.assertLe(recorded + settled, 165_000, "a signed deal alone");
    }

    /// forge-config: default.isolate = true
    function test_GasOfASettlementWithARefund() public {
        Deal memory deal = _deal(1, 10, 1500);
        _export(10, 1200);
        market.settle(deal, 0);
        VM.snapshotValue("market", "settle_with_refund", _spent());
    }

    /// forge-config: default.isolate = true
    function test_GasOfADeposit() public {
        _fund(1, STAKE);
        VM.prank(_person(1));
        token.approve(address(market), STAKE);
        VM.prank(_person(1));
        market.deposit(STAKE);
        VM.snapshotValue("market", "deposit", _spent());
    }

    /// forge-config: default.isolate = true
    function test_GasOfABatchOfAHundred() public {
        SignedAgreement[] memory items = new SignedAgreement[](PAIRS);
        Deal[] memory deals = new Deal[](PAIRS);
        uint16[] memory indices = new uint16[](PAIRS);
        for (uint256 i = 0; i < PAIRS; ++i) {
            (uint256 seller, uint256 buyer) = (10 + 2 * i, 11 + 2 * i);
            SessionTerms memory terms = _terms(1, 10);
            (terms.seller, terms.buyer) = (_person(seller), _person(buyer));
            (terms.sellerMeter, terms.buyerMeter) = (_member(seller), _member(buyer));
            Offer memory head = _head(terms, 250, 1500);
            // Most sessions take some rounds: a head that names an offer before it
            (head.round, head.previous) = (6, keccak256(abi.encode(i)));
            items[i] = _agreement(head, seller, buyer);
            deals[i] = _dealOf(head);
        }
        _equal(market.recordBatch(items), PAIRS, "all recorded");
        uint256 recorded = _spent() / PAIRS;
        _warpToEnd(10);
        for (uint256 i = 0; i < PAIRS; ++i) {
            registry.post(_reading(1010 + 2 * i, deals[i].sellerMeter, 10, 1500));
        }
        _equal(market.settleBatch(deals, indices), PAIRS, "all settled");
        uint256 settled = _spent() / PAIRS;

        VM.snapshotValue("market", "batch_record_per_deal", recorded);
        VM.snapshotValue("market", "batch_settle_per_deal", settled);
        VM.snapshotValue("market", "signed_batch_100_per_deal", recorded + settled);
        VM.assertLe(recorded + settled, 120_000, "a deal in a batch of a hundred");
    }

    function _spent() private view returns (uint256) {
        return VM.lastCallGas().gasTotalUsed;
    }
}
