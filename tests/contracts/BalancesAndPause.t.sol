// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {IGuardedPause} from "../../contracts/interfaces/IGuardedPause.sol";
import {IMarketAccount} from "../../contracts/interfaces/IMarketAccount.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {
    Deal,
    IUtilityNegotiator,
    Move,
    Offer,
    SignedAgreement
} from "../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "./support/MarketStage.sol";

/// @title Free balances, and what a guardian can and cannot stop.
contract BalancesAndPauseTest is MarketStage {
    uint32 private constant AT = 20;

    function setUp() public {
        _open();
    }

    function test_DepositAndWithdraw() public {
        _fund(5, 100);
        VM.startPrank(_person(5));
        token.approve(address(market), 100);
        VM.expectEmit(address(market));
        emit IMarketAccount.Deposited(_person(5), 60);
        market.deposit(60);
        VM.expectEmit(address(market));
        emit IMarketAccount.Withdrawn(_person(5), 25);
        market.withdraw(25);
        _equal(market.balanceOf(_person(5)), 35, "inside");
        _equal(token.balanceOf(_person(5)), 65, "outside");
        _expect(
            abi.encodeWithSelector(IMarketAccount.InsufficientBalance.selector, _person(5), uint256(35), uint256(36))
        );
        market.withdraw(36);
        VM.expectRevert();
        market.deposit(66);
        VM.expectRevert();
        market.deposit(type(uint256).max);
        _equal(market.balanceOf(_person(5)), 35, "a failed deposit changes nothing");
        VM.stopPrank();
    }

    function test_AFrontRunPermitStopsNobody() public {
        _fund(5, 100);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(5, _permit(5, 100, block.timestamp));
        token.permit(_person(5), address(market), 100, block.timestamp, v, r, s); // someone else is quicker
        VM.prank(_person(5));
        market.depositWithPermit(100, block.timestamp, v, r, s);
        _equal(market.balanceOf(_person(5)), 100, "deposited all the same");
    }

    function test_APermitDeposits() public {
        _fund(5, 100);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(5, _permit(5, 100, block.timestamp));
        VM.prank(_person(6));
        VM.expectRevert(); // it is not his
        market.depositWithPermit(100, block.timestamp, v, r, s);
        VM.prank(_person(5));
        market.depositWithPermit(100, block.timestamp, v, r, s);
        _equal(market.balanceOf(_person(5)), 100, "deposited");
    }

    function test_ConstructorRefusals() public {
        _expect(abi.encodeWithSelector(IParameters.ZeroAddress.selector, bytes32("token")));
        _newMarket(address(0), address(registry), address(0), 1, GUARDIAN, 1, 1, CAP);
        _expect(abi.encodeWithSelector(IParameters.ZeroAddress.selector, bytes32("registry")));
        _newMarket(address(token), address(0), address(0), 1, GUARDIAN, 1, 1, CAP);
        _expect(abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("pauseLength"), 30 days + 1));
        _newMarket(address(token), address(registry), address(0), 1, GUARDIAN, 30 days + 1, 1, CAP);
        address own = address(registry);
        _stage(); // another registry, whose notice says nothing about the first's horizon
        _expect(abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("tariff"), uint160(own)));
        _newMarket(address(token), address(registry), address(tariff), 1, GUARDIAN, 1, 1, CAP);
    }

    function test_Constants() public view {
        _true(market.TOKEN() == address(token) && market.REGISTRY() == address(registry), "contracts");
        _true(market.TARIFF() == address(tariff) && market.UTILITY() == ELECTRICITY, "tariff, utility");
        _true(market.GUARDIAN() == GUARDIAN && market.PAUSE_LENGTH() == PAUSE_LENGTH, "guardian");
        _true(market.PAUSE_COOLDOWN() == PAUSE_COOLDOWN && market.PROVIDER_CAP() == CAP, "cooldown, cap");
    }

    // Pause

    function test_OnlyTheGuardianPausesAndNotAgainSoon() public {
        _expect(abi.encodeWithSelector(IGuardedPause.NotGuardian.selector, address(this), GUARDIAN));
        market.pause();
        uint256 until = block.timestamp + PAUSE_LENGTH;
        VM.startPrank(GUARDIAN);
        VM.expectEmit(address(market));
        emit IGuardedPause.Paused(until);
        market.pause();
        _equal(market.pausedUntil(), until, "until");
        uint256 earliest = until + PAUSE_COOLDOWN;
        _expect(abi.encodeWithSelector(IGuardedPause.PauseTooSoon.selector, earliest, block.timestamp));
        market.pause();
        VM.warp(earliest - 1);
        _expect(abi.encodeWithSelector(IGuardedPause.PauseTooSoon.selector, earliest, earliest - 1));
        market.pause();
        VM.warp(earliest);
        market.pause();
        VM.stopPrank();
    }

    function test_APauseStopsNewBusinessAndEndsByItself() public {
        uint64 joined = _session(AT);
        _offer(1, joined, 250, 100, 0);
        VM.prank(_person(1));
        uint64 opened = market.open(_request(AT));
        Offer memory head = _head(_terms(1, AT), 250, 100);
        bytes32 digest = market.offerDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        VM.prank(GUARDIAN);
        market.pause();

        bytes memory paused =
            abi.encodeWithSelector(IGuardedPause.PausedUntil.selector, block.timestamp + PAUSE_LENGTH, block.timestamp);
        VM.startPrank(_person(2));
        _expect(paused);
        market.open(_request(AT));
        _expect(paused);
        market.join(opened, buyerMeter, 0);
        _expect(paused);
        market.accept(joined, 0, 250, 100);
        _expect(paused);
        market.recordSigned(head, new Move[](0), a, b);
        _expect(paused);
        market.recordBatch(new SignedAgreement[](1));
        _expect(paused);
        market.buyFromProvider(1, buyerMeter, AT, 1, SELL_PRICE);
        _expect(paused);
        market.sellToProvider(1, buyerMeter, AT, 1, 0, 0);
        // An offer binds nobody, so it goes on
        market.offer(joined, 240, 100, 0);
        VM.stopPrank();

        uint32 later = uint32((uint256(PAUSE_LENGTH) + 1 days) / INTERVAL);
        VM.warp(block.timestamp + PAUSE_LENGTH);
        VM.prank(_person(1));
        market.open(_request(later));
    }

    function test_NoPauseStopsWhatIsOwed() public {
        Deal memory deal = _deal(1, AT, 100);
        Deal memory other = _deal(2, AT + 1, 100);
        uint64 s = _session(AT);
        VM.warp(registry.gateOf(AT));
        VM.prank(GUARDIAN);
        market.pause();
        VM.prank(_person(2));
        market.cancel(_person(1), 77);
        bytes32 digest = market.releaseDigest(market.dealKey(_person(1), _person(2), 2));
        market.release(other, _signature(1, digest), _signature(2, digest));
        _export(AT, 100);
        market.settle(deal, 0);
        market.expire(s);
        uint256 free = market.balanceOf(_person(1));
        VM.prank(_person(1));
        market.withdraw(free);
        VM.prank(_person(1));
        token.redeem(free);
        _fund(5, 10);
        VM.prank(_person(5));
        token.approve(address(market), 10);
        VM.prank(_person(5));
        market.deposit(10);
        _true(market.pausedUntil() > block.timestamp, "all this under a pause");
    }

    function _permit(uint256 n, uint256 amount, uint256 deadline) private view returns (bytes32) {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 structHash = keccak256(abi.encode(typehash, _person(n), address(market), amount, 0, deadline));
        return keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash));
    }
}
// forge-lint: disable-end(unsafe-typecast)
