// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {
    Deal,
    DealStatus,
    IUtilityNegotiator,
    Move,
    Offer,
    SessionTerms,
    SignedAgreement
} from "../../contracts/interfaces/IUtilityNegotiator.sol";
import {Donor, Wallet} from "./support/Hostile.sol";
import {MarketStage} from "./support/MarketStage.sol";

/// @title What hostile parties, relayers and wallets try.
contract AttacksTest is MarketStage {
    uint32 private constant AT = 20;
    uint256 private constant GAS_OF_A_WALLET = 200_000;

    Wallet private wallet;
    uint32 private walletMeter;

    function setUp() public {
        _open();
        wallet = new Wallet(market);
        (bytes32 r, bytes32 vs) = VM.signCompact(
            1777, _registrationDigest(address(registry), address(wallet), address(0), ELECTRICITY, RATING)
        );
        VM.prank(REGISTRAR);
        walletMeter = registry.register(address(wallet), VM.addr(1777), address(0), ELECTRICITY, RATING, r, vs);
        VM.deal(address(this), 1_000_000 * WEI_PER_UNIT);
        wallet.enter{value: 1_000_000 * WEI_PER_UNIT}(walletMeter, registry, token);
    }

    // Contracts as parties

    function test_AWalletSignsByErc1271() public {
        wallet.setMood(Wallet.Mood.Agrees);
        _recordWithWallet();
        _equal(market.balanceOf(address(wallet)), 1_000_000 - 25_000, "it pays as others do");
    }

    function test_AWalletThatDoesNotAgreeDoesNotSign() public {
        wallet.setMood(Wallet.Mood.Refuses);
        _refusedForWallet();
        wallet.setMood(Wallet.Mood.Short); // four bytes are no answer
        _refusedForWallet();
        wallet.setMood(Wallet.Mood.Reenters); // a static call lets it change nothing
        _refusedForWallet();
        _equal(market.balanceOf(address(wallet)), 1_000_000, "untouched");
    }

    function test_AWalletThatBurnsGasBurnsItsAllowanceOnly() public {
        wallet.setMood(Wallet.Mood.Burns);
        uint256 before = gasleft();
        _refusedForWallet();
        _true(before - gasleft() < GAS_OF_A_WALLET + 150_000, "bounded");
    }

    function test_AWalletThatFloodsIsNotCopied() public {
        wallet.setMood(Wallet.Mood.Floods);
        uint256 before = gasleft();
        _recordWithWallet(); // its first word agrees; the other 29,968 bytes are not looked at
        _true(before - gasleft() < 300_000, "bounded");
    }

    function test_ADelegatedAccountSignsWithItsKey() public {
        // EIP-7702: person 2's account has code, and that code agrees to nothing
        VM.etch(_person(2), hex"60006000fd");
        _deal(1, AT, 100);
    }

    function test_WalletsAreNotAskedInBatches() public {
        wallet.setMood(Wallet.Mood.Agrees);
        SignedAgreement[] memory items = new SignedAgreement[](1);
        items[0] = _agreement(_walletHead(), 1, 2);
        _equal(market.recordBatch(items), 0, "skipped");
    }

    // Relayers

    function testFuzz_TooLittleGasSkipsNobody(uint256 gas) public {
        SignedAgreement[] memory items = new SignedAgreement[](3);
        for (uint64 i = 0; i < 3; ++i) {
            items[i] = _agreement(_head(_terms(i, AT), 250, 100), 1, 2);
        }
        gas = _bound(gas, 30_000, 1_000_000);
        (bool done, bytes memory answer) = address(market).call{gas: gas}(abi.encodeCall(market.recordBatch, (items)));
        if (done) {
            _equal(abi.decode(answer, (uint256)), 3, "all, if it ends at all");
        } else {
            bool named = bytes4(answer) == ISigned.ItemGasTooLow.selector;
            _true(named || answer.length == 0, "named, or no gas left to say anything");
            _equal(registry.slots(sellerMeter, AT).committed, 0, "nothing recorded");
        }
    }

    function testFuzz_TooLittleGasSkipsNoRunAndNoTranscript(uint256 gas, uint8 intervals, uint8 rounds) public {
        SessionTerms memory terms = _terms(1, AT);
        terms.count = uint16(_bound(intervals, 1, 12));
        Offer memory head = _head(terms, 250, 100);
        Move[] memory earlier = new Move[](_bound(rounds, 0, 12));
        for (uint16 i = 0; i < earlier.length; ++i) {
            earlier[i] = head.move;
            bytes32 digest = _offerHash(Offer(terms, head.move, i, head.previous));
            head.previous = digest;
        }
        head.round = uint16(earlier.length);
        (uint256 proposer, uint256 acceptor) = head.round % 2 == 0 ? (uint256(1), uint256(2)) : (uint256(2), uint256(1));
        SignedAgreement[] memory items = new SignedAgreement[](1);
        items[0] = _agreement(head, proposer, acceptor);
        items[0].earlier = earlier;
        gas = _bound(gas, 30_000, 3_000_000);
        (bool done, bytes memory answer) = address(market).call{gas: gas}(abi.encodeCall(market.recordBatch, (items)));
        if (done) _equal(abi.decode(answer, (uint256)), 1, "recorded, if it ends at all");
    }

    function testFuzz_TooLittleGasSkipsNoSettlement(uint256 gas) public {
        Deal[] memory deals = new Deal[](3);
        for (uint64 i = 0; i < 3; ++i) {
            deals[i] = _deal(i, AT, 100);
        }
        VM.startPrank(_person(1));
        market.withdraw(market.balanceOf(_person(1)));
        VM.stopPrank();
        _export(AT, 250);
        gas = _bound(gas, 30_000, 600_000);
        (bool done, bytes memory answer) =
            address(market).call{gas: gas}(abi.encodeCall(market.settleBatch, (deals, new uint16[](3))));
        if (done) _equal(abi.decode(answer, (uint256)), 3, "all, if it ends at all");
        else _equal(market.balanceOf(_person(1)), 0, "or none");
    }

    function test_AnAbsurdRunInABatchHurtsOnlyItself() public {
        SessionTerms memory terms = _terms(1, AT);
        terms.count = type(uint16).max;
        SignedAgreement[] memory items = new SignedAgreement[](2);
        items[0] = _agreement(_head(terms, 1, 1), 1, 2);
        items[1] = _agreement(_head(_terms(2, AT), 250, 100), 1, 2);
        uint256 before = gasleft();
        _equal(market.recordBatch{gas: 1_000_000}(items), 1, "the other is recorded");
        _true(before - gasleft() < 500_000, "and cheaply");
    }

    // Parties

    function test_NobodyCancelsForOthers() public {
        VM.prank(_person(3));
        market.cancel(_person(1), 1);
        VM.prank(_person(3));
        market.cancel(_person(2), 1);
        _deal(1, AT, 100);
    }

    function test_TheSameEnergyIsNotSoldTwice() public {
        _deposit(3, STAKE);
        uint32 third = _meter(3);
        SessionTerms memory terms = _terms(1, AT);
        Offer memory a = _head(terms, 250, 1000);
        SessionTerms memory others = _terms(1, AT);
        (others.buyer, others.buyerMeter) = (_person(3), third);
        Offer memory b = _head(others, 250, 1000);
        _record(a, 1, 2);
        _record(b, 1, 3);
        _export(AT, 1000);
        market.settle(_dealOf(b), 0);
        market.settle(_dealOf(a), 0);
        _equal(market.balanceOf(_person(1)), STAKE + 250_000, "paid once");
        _equal(market.balanceOf(_person(3)), STAKE, "who stood behind has it all back");
    }

    function test_ReadingsAfterTheFactChangeNothing() public {
        Deal memory deal = _deal(1, AT, 100);
        _warpToSilence(AT);
        market.settle(deal, 0);
        bytes memory late = abi.encodeCall(registry.post, (_reading(1001, sellerMeter, AT, 100)));
        (bool posted,) = address(registry).call(late);
        _true(!posted, "too late");
        _equal(market.balanceOf(_person(2)), STAKE, "refunded");
    }

    function test_DonationsAreNobodys() public {
        _deal(1, AT, 100);
        _fund(5, 1000);
        VM.prank(_person(5));
        _true(token.transfer(address(market), 1000), "donated");
        VM.deal(address(this), 1 ether);
        new Donor{value: 1 ether}(payable(address(market)));
        uint256 inside = market.balanceOf(_person(1)) + market.balanceOf(_person(2))
            + market.balanceOf(_person(PROVIDER)) + market.balanceOf(address(wallet)) + 25_000;
        _equal(token.balanceOf(address(market)), inside + 1000, "a donation is in no balance");
    }

    function test_ASessionsDealCannotBeForgedBySignature() public {
        // Numbers of on-chain sessions and of provider deals cannot be signed for
        Offer memory head = _head(_terms((uint64(1) << 63) + 1, AT), 250, 100);
        bytes32 digest = market.offerDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        VM.expectPartialRevert(ISigned.NonceOutOfRange.selector);
        market.recordSigned(head, new Move[](0), a, b);
    }

    function test_AcceptCannotBeFrontRunByAWorseOffer() public {
        uint64 s = _session(AT);
        _offer(1, s, 250, 1500, 0);
        // The proposer cannot move again, so what the acceptor names is what stands
        VM.prank(_person(1));
        VM.expectPartialRevert(IUtilityNegotiator.OutOfTurn.selector);
        market.offer(s, 900, 1500, 0);
        VM.prank(_person(2));
        bytes32 key = market.accept(s, 0, 250, 1500);
        (DealStatus status,,) = market.dealSlot(key);
        _true(status == DealStatus.Recorded, "as named");
    }

    function _walletHead() private view returns (Offer memory) {
        SessionTerms memory terms = _terms(1, AT);
        (terms.buyer, terms.buyerMeter) = (address(wallet), walletMeter);
        return _head(terms, 250, 100);
    }

    function _recordWithWallet() private {
        Offer memory head = _walletHead();
        market.recordSigned(head, new Move[](0), _signature(1, market.offerDigest(head)), hex"01");
    }

    function _refusedForWallet() private {
        Offer memory head = _walletHead();
        bytes memory seller = _signature(1, market.offerDigest(head));
        bytes32 key = market.dealKey(_person(1), address(wallet), 1);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, address(wallet)));
        market.recordSigned(head, new Move[](0), seller, hex"01");
    }

    function _offerHash(Offer memory o) private pure returns (bytes32) {
        string memory move = "Move(uint64 price,uint64 energy,uint8 locked,uint64 expiry)";
        string memory terms = "SessionTerms(address seller,address buyer,uint64 nonce,uint32 sellerMeter,"
            "uint32 buyerMeter,uint32 interval,uint16 count,uint64 maxAhead,bool sellerOpens,bool issueByIssue)";
        string memory offer = "Offer(SessionTerms terms,Move move,uint16 round,bytes32 previous)";
        return keccak256(
            abi.encode(
                keccak256(abi.encodePacked(offer, move, terms)),
                keccak256(abi.encode(keccak256(bytes(terms)), o.terms)),
                keccak256(abi.encode(keccak256(bytes(move)), o.move)),
                o.round,
                o.previous
            )
        );
    }
}
// forge-lint: disable-end(unsafe-typecast)
