// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast; names of parameters are short literals.
// forge-lint: disable-start(unsafe-typecast)

import {IEnergyLoans, LoanMove, LoanOffer, LoanStatus} from "../../contracts/interfaces/IEnergyLoans.sol";
import {IGuardedPause} from "../../contracts/interfaces/IGuardedPause.sol";
import {IMarketAccount} from "../../contracts/interfaces/IMarketAccount.sol";
import {IMarketTime} from "../../contracts/interfaces/IMarketTime.sol";
import {IMeterRegistry} from "../../contracts/interfaces/IMeterRegistry.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {LoanStage} from "./support/LoanStage.sol";

/// @title What is no loan, each by the name of its fault; a refusal changes nothing.
contract LoanRefusalsTest is LoanStage {
    uint32 private constant AT = 20;
    uint32 private constant BACK = AT + RETURN_AFTER;

    function setUp() public {
        _openDesk();
    }

    // The loan

    function test_ALoanToOneself() public {
        LoanOffer memory head = _head();
        head.terms.responder = _person(1);
        _refused(head, abi.encodeWithSelector(IEnergyLoans.SelfLoan.selector, _person(1)));
    }

    function test_NothingLent() public {
        LoanOffer memory head = _head();
        head.move.quantity = 0;
        _refused(head, abi.encodeWithSelector(IEnergyLoans.ZeroVolume.selector));
    }

    function test_ReturnedInTheSameInterval() public {
        LoanOffer memory head = _head();
        head.move.returnAfter = 0;
        _refused(head, abi.encodeWithSelector(IEnergyLoans.ZeroReturnTime.selector));
    }

    function test_AmountsBeyondTheirRange() public {
        LoanOffer memory head = _head();
        head.move.quantity = int64(1) << 32;
        _refused(head, abi.encodeWithSelector(IEnergyLoans.LoanOverflow.selector, COVER, uint64(1) << 32));
        // The lowest number has no opposite among its own kind
        head.move.quantity = type(int64).min;
        _refused(head, abi.encodeWithSelector(IEnergyLoans.LoanOverflow.selector, COVER, uint64(1) << 63));
        head.move.quantity = type(int64).max;
        _refused(head, abi.encodeWithSelector(IEnergyLoans.LoanOverflow.selector, COVER, uint64(type(int64).max)));
        head.move.quantity = -2;
        head.terms.cover = uint64(1) << 62;
        _refused(head, abi.encodeWithSelector(IEnergyLoans.LoanOverflow.selector, uint64(1) << 62, uint64(2)));
        // One unit less is a number that fits; then it is money that is missing
        head.terms.cover -= 1;
        uint256 collateral = 2 * ((uint256(1) << 62) - 1);
        _refused(
            head, abi.encodeWithSelector(IMarketAccount.InsufficientBalance.selector, _person(1), STAKE, collateral)
        );
        head.move.quantity = int64(uint64(type(uint32).max));
        head.terms.cover = head.terms.price = 0;
        _refused(
            head,
            abi.encodeWithSelector(
                IMeterRegistry.RatingExceeded.selector, sellerMeter, AT, uint256(type(uint32).max), RATING
            )
        );
    }

    function testFuzz_CollateralBelowTheBond(uint64 price, uint64 cover, int64 quantity) public {
        LoanOffer memory head = _head();
        quantity = int64(uint64(_bound(uint64(quantity), 1, 1_000_000)));
        cover = uint64(_bound(cover, 0, 1_000_000));
        price = uint64(_bound(price, uint256(cover) + 1, type(uint64).max));
        (head.terms.price, head.terms.cover, head.move.quantity) = (price, cover, -quantity);
        uint256 lent = uint64(quantity);
        _refused(head, abi.encodeWithSelector(IEnergyLoans.CollateralBelowBond.selector, cover * lent, price * lent));
    }

    // The session

    function test_NumbersOfOtherSessions() public {
        LoanOffer memory head = _head();
        head.terms.nonce = uint64(1) << 62;
        _refused(head, abi.encodeWithSelector(ISigned.NonceOutOfRange.selector, uint64(1) << 62));
    }

    /// @dev A provider has no meter, so it neither lends nor borrows.
    function test_MetersThatAreNone() public {
        LoanOffer memory head = _head();
        head.terms.openerMeter = 0;
        _refused(head, abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("openerMeter"), 0));
        head = _head();
        head.terms.responderMeter = 0;
        _refused(head, abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("responderMeter"), 0));
        head = _head();
        head.terms.responderMeter = sellerMeter;
        _refused(head, abi.encodeWithSelector(ISigned.SameMeter.selector, sellerMeter));
    }

    // Time

    function test_TheGateOfTheGivenLeg() public {
        LoanOffer memory head = _head();
        uint256 gate = registry.gateOf(AT);
        bytes32 key = desk.loanKey(_person(1), _person(2), 7);
        head.move.expiry = uint64(gate) + 1;
        _refused(head, abi.encodeWithSelector(ISigned.ExpiryBeyondGate.selector, key, gate + 1, gate));
        VM.warp(gate + 1);
        _refused(head, abi.encodeWithSelector(IMarketTime.GateClosed.selector, AT, gate, gate + 1));
        VM.warp(gate);
        head.move.expiry = uint64(gate) - 1;
        _refused(head, abi.encodeWithSelector(ISigned.OfferExpired.selector, key, gate - 1, gate));
        head.move.expiry = uint64(gate);
        _lend(head, 1, 2);
    }

    function test_TheHorizonOfTheReturn() public {
        VM.warp(registry.startOf(3));
        LoanOffer memory head = _head();
        head.move.returnAfter = 3 + HORIZON - AT + 1;
        _refused(
            head,
            abi.encodeWithSelector(
                IMarketTime.BeyondHorizon.selector, 4 + HORIZON, registry.startOf(3 + HORIZON), block.timestamp
            )
        );
        head.move.returnAfter -= 1;
        _lend(head, 1, 2);
    }

    function testFuzz_AReturnBeyondAnyInterval(uint32 returnAfter) public {
        LoanOffer memory head = _head();
        head.move.returnAfter = uint32(_bound(returnAfter, HORIZON, type(uint32).max));
        uint256 horizon = block.timestamp + uint256(HORIZON) * INTERVAL;
        unchecked {
            _refused(
                head,
                abi.encodeWithSelector(
                    IMarketTime.BeyondHorizon.selector, AT + head.move.returnAfter, horizon, block.timestamp
                )
            );
        }
    }

    // Money and places

    function test_ABorrowerWithoutTheCollateral() public {
        uint64 quantity = uint64(STAKE / COVER) + 1;
        LoanOffer memory head = _head();
        head.move.quantity = int64(quantity);
        _refused(
            head,
            abi.encodeWithSelector(
                IMarketAccount.InsufficientBalance.selector, _person(2), STAKE, uint256(quantity) * COVER
            )
        );
    }

    function test_APlaceTooFarBackInEitherQueue() public {
        _loan(1, AT, 100, RETURN_AFTER);
        LoanOffer memory head = _head();
        head.terms.maxAheadGiven = 99;
        _refused(
            head, abi.encodeWithSelector(IMeterRegistry.QueueTooLong.selector, sellerMeter, AT, uint64(100), uint64(99))
        );
        head.terms.maxAheadGiven = 100;
        head.terms.maxAheadReturned = 99;
        _refused(
            head,
            abi.encodeWithSelector(IMeterRegistry.QueueTooLong.selector, buyerMeter, BACK, uint64(100), uint64(99))
        );
        head.terms.maxAheadReturned = 100;
        _lend(head, 1, 2);
    }

    function test_MoreThanAMeterCan() public {
        LoanOffer memory head = _head();
        head.terms.cover = head.terms.price = 1;
        head.move.quantity = int64(uint64(RATING)) + 1;
        _refused(
            head,
            abi.encodeWithSelector(IMeterRegistry.RatingExceeded.selector, sellerMeter, AT, uint256(RATING) + 1, RATING)
        );
    }

    function test_MetersOfOthers() public {
        uint32 third = _meter(3);
        LoanOffer memory head = _head();
        head.terms.openerMeter = third;
        _refused(head, abi.encodeWithSelector(IMeterRegistry.NotMeterOwner.selector, third, _person(1), _person(3)));
        head = _head();
        head.terms.responderMeter = third;
        _refused(head, abi.encodeWithSelector(IMeterRegistry.NotMeterOwner.selector, third, _person(2), _person(3)));
    }

    function test_WithoutTheOwnersLeave() public {
        LoanOffer memory head = _head();
        VM.prank(_person(2));
        registry.allowMarket(buyerMeter, address(desk), false);
        _refused(head, abi.encodeWithSelector(IMeterRegistry.MarketNotAllowed.selector, buyerMeter, address(desk)));
    }

    /// @dev A borrower's meter that retires between the two legs cannot promise the return.
    function test_AMeterThatRetiresBeforeTheReturn() public {
        VM.prank(_person(2));
        registry.retire(buyerMeter, BACK);
        _refused(_head(), abi.encodeWithSelector(IMeterRegistry.RetiredMeter.selector, buyerMeter, BACK, BACK));
        LoanOffer memory head = _head();
        head.move.returnAfter = RETURN_AFTER - 1;
        _lend(head, 1, 2);
    }

    function test_AFrozenMeter() public {
        _freeze(2, buyerMeter);
        _refused(_head(), abi.encodeWithSelector(IMeterRegistry.FrozenMeter.selector, buyerMeter));
    }

    // The desk itself

    function test_ADeskWithoutTokenOrRegistry() public {
        _expect(abi.encodeWithSelector(IParameters.ZeroAddress.selector, bytes32("token")));
        _newLoans(address(0), address(registry), ELECTRICITY, GUARDIAN, 1, 1);
        _expect(abi.encodeWithSelector(IParameters.ZeroAddress.selector, bytes32("registry")));
        _newLoans(address(token), address(0), ELECTRICITY, GUARDIAN, 1, 1);
        _expect(abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("pauseLength"), 30 days + 1));
        _newLoans(address(token), address(registry), ELECTRICITY, GUARDIAN, 30 days + 1, 40 days);
        _expect(abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("pauseCooldown"), 1));
        _newLoans(address(token), address(registry), ELECTRICITY, GUARDIAN, 2, 1);
    }

    function test_WhatADeskIsMadeOf() public view {
        VM.assertEq(desk.TOKEN(), address(token), "token");
        VM.assertEq(desk.REGISTRY(), address(registry), "registry");
        _equal(desk.UTILITY(), ELECTRICITY, "utility");
        VM.assertEq(desk.GUARDIAN(), GUARDIAN, "guardian");
        _equal(desk.PAUSE_LENGTH(), PAUSE_LENGTH, "pause");
        _equal(desk.PAUSE_COOLDOWN(), PAUSE_COOLDOWN, "cooldown");
    }

    function test_OnlyTheGuardianPauses() public {
        _expect(abi.encodeWithSelector(IGuardedPause.NotGuardian.selector, address(this), GUARDIAN));
        desk.pause();
    }

    function test_AnotherUtilitysMeters() public {
        desk = _newLoans(address(token), address(registry), 2, GUARDIAN, 1, 1);
        VM.prank(REGISTRAR);
        registry.listMarket(address(desk));
        _join(1, sellerMeter);
        _join(2, buyerMeter);
        _refused(
            _head(), abi.encodeWithSelector(IMeterRegistry.WrongUtility.selector, sellerMeter, ELECTRICITY, uint8(2))
        );
    }

    // Help

    function _head() private view returns (LoanOffer memory) {
        return _loanHead(_loanTerms(7, AT), 1500, RETURN_AFTER);
    }

    function _freeze(uint256 n, uint32 meter) private {
        (bytes32 aR, bytes32 aVs) = VM.signCompact(1000 + n, registry.readingDigest(_reading(1, meter, 0, 1).reading));
        (bytes32 bR, bytes32 bVs) = VM.signCompact(1000 + n, registry.readingDigest(_reading(1, meter, 0, 2).reading));
        registry.proveConflict(_reading(1, meter, 0, 1).reading, aR, aVs, _reading(1, meter, 0, 2).reading, bR, bVs);
    }

    function _refused(LoanOffer memory head, bytes memory reason) private {
        bytes32 digest = desk.loanOfferDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        uint64 given = _committed(sellerMeter, AT);
        uint64 returned = _committed(buyerMeter, BACK);
        uint256 balance = desk.balanceOf(_person(2));
        _expect(reason);
        desk.recordLoan(head, new LoanMove[](0), a, b);
        (LoanStatus status,,,) = desk.loanSlot(desk.loanKey(head.terms.opener, head.terms.responder, head.terms.nonce));
        _true(status == LoanStatus.None, "its number is free");
        _equal(_committed(sellerMeter, AT), given, "no place taken");
        _equal(_committed(buyerMeter, BACK), returned, "nor for the return");
        _equal(desk.balanceOf(_person(2)), balance, "no collateral");
    }
}
// forge-lint: disable-end(unsafe-typecast)
