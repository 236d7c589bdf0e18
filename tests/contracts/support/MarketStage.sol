// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IProviderTariff, TariffStep} from "../../../contracts/interfaces/IProviderTariff.sol";
import {
    Deal,
    IUtilityNegotiator,
    Move,
    Offer,
    OpenRequest,
    SessionTerms,
    SignedAgreement
} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {Stage} from "./Stage.sol";

/// @title A whole market on the stage: tariff, provider, negotiator, and people with meters and deposits.
abstract contract MarketStage is Stage {
    uint64 internal constant BUY_PRICE = 80; // what the provider pays
    uint64 internal constant SELL_PRICE = 400; // what it asks
    uint64 internal constant CAP = 5_000;
    uint32 internal constant PAUSE_LENGTH = 3 days;
    uint32 internal constant PAUSE_COOLDOWN = 10 days;
    uint256 internal constant PROVIDER = 900;
    address internal constant GUARDIAN = address(0x60A7D);
    uint256 internal constant STAKE = 1_000_000_000;

    IProviderTariff internal tariff;
    IUtilityNegotiator internal market;

    /// @dev The seller of most tests is person 1, the buyer person 2; their meters:
    uint32 internal sellerMeter;
    uint32 internal buyerMeter;

    function _open() internal {
        _stage();
        TariffStep[] memory initial = new TariffStep[](1);
        initial[0] = TariffStep({fromInterval: 0, buyPrice: BUY_PRICE, sellPrice: SELL_PRICE});
        tariff = _newTariff(address(registry), _person(PROVIDER), initial);
        market = _newMarket(
            address(token), address(registry), address(tariff), ELECTRICITY, GUARDIAN, PAUSE_LENGTH, PAUSE_COOLDOWN, CAP
        );
        VM.prank(REGISTRAR);
        registry.listMarket(address(market));
        sellerMeter = _member(1);
        buyerMeter = _member(2);
        _deposit(PROVIDER, STAKE);
    }

    /// @dev Person n with a meter that the market may commit and with STAKE in the market.
    function _member(uint256 n) internal returns (uint32 meter) {
        meter = _meter(n);
        _allow(n, meter, address(market));
        _deposit(n, STAKE);
    }

    function _deposit(uint256 n, uint256 amount) internal {
        _fund(n, amount);
        VM.startPrank(_person(n));
        token.approve(address(market), amount);
        market.deposit(amount);
        VM.stopPrank();
    }

    // On chain

    function _request(uint32 interval) internal view returns (OpenRequest memory) {
        return OpenRequest({
            counterpart: address(0),
            selling: true,
            meter: sellerMeter,
            interval: interval,
            count: 1,
            maxAhead: 0,
            issueByIssue: true,
            maxRounds: 20,
            timeout: 600
        });
    }

    /// @dev Person 1 opens to sell, person 2 joins.
    function _session(uint32 interval) internal returns (uint64 session) {
        VM.prank(_person(1));
        session = market.open(_request(interval));
        VM.prank(_person(2));
        market.join(session, buyerMeter, 50_000);
    }

    function _offer(uint256 n, uint64 session, uint64 price, uint64 energy, uint8 locked) internal {
        VM.prank(_person(n));
        market.offer(session, price, energy, locked);
    }

    // Signed

    /// @dev Person 1 sells to person 2; the seller opens.
    function _terms(uint64 nonce, uint32 interval) internal view returns (SessionTerms memory) {
        return SessionTerms({
            seller: _person(1),
            buyer: _person(2),
            nonce: nonce,
            sellerMeter: sellerMeter,
            buyerMeter: buyerMeter,
            interval: interval,
            count: 1,
            maxAhead: 50_000,
            sellerOpens: true,
            issueByIssue: false
        });
    }

    function _head(SessionTerms memory terms, uint64 price, uint64 energy) internal view returns (Offer memory) {
        return Offer({
            terms: terms,
            move: Move({price: price, energy: energy, locked: 0, expiry: uint64(registry.gateOf(terms.interval))}),
            round: 0,
            previous: 0
        });
    }

    function _signature(uint256 n, bytes32 digest) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 vs) = VM.signCompact(n, digest);
        return abi.encodePacked(r, vs);
    }

    function _record(Offer memory head, uint256 proposer, uint256 acceptor) internal returns (bytes32) {
        bytes32 digest = market.offerDigest(head);
        return market.recordSigned(head, new Move[](0), _signature(proposer, digest), _signature(acceptor, digest));
    }

    function _agreement(Offer memory head, uint256 proposer, uint256 acceptor)
        internal
        view
        returns (SignedAgreement memory item)
    {
        bytes32 digest = market.offerDigest(head);
        item.head = head;
        item.earlier = new Move[](0);
        (item.proposerR, item.proposerVs) = VM.signCompact(proposer, digest);
        (item.acceptorR, item.acceptorVs) = VM.signCompact(acceptor, digest);
    }

    function _dealOf(Offer memory head) internal pure returns (Deal memory) {
        return Deal({
            seller: head.terms.seller,
            buyer: head.terms.buyer,
            nonce: head.terms.nonce,
            sellerMeter: head.terms.sellerMeter,
            buyerMeter: head.terms.buyerMeter,
            interval: head.terms.interval,
            count: head.terms.count,
            price: head.move.price,
            energy: head.move.energy
        });
    }

    /// @dev A recorded deal of person 1 with person 2 at 250 per unit.
    function _deal(uint64 nonce, uint32 interval, uint64 energy) internal returns (Deal memory) {
        Offer memory head = _head(_terms(nonce, interval), 250, energy);
        _record(head, 1, 2);
        return _dealOf(head);
    }

    /// @dev Person 1's meter says what it exported.
    function _export(uint32 interval, uint64 exported) internal {
        if (block.timestamp < EPOCH + (uint256(interval) + 1) * INTERVAL) _warpToEnd(interval);
        registry.post(_reading(1001, sellerMeter, interval, exported));
    }
}
