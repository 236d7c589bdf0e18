// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {
    Deal,
    DealStatus,
    Move,
    Offer,
    SessionTerms,
    SignedAgreement
} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {Moves} from "./Moves.sol";

// The market may refuse a move; what it says then is for the unit tests.
// solhint-disable no-empty-blocks

/// @title Deals recorded, cancelled, released and settled, in and out of turn.
abstract contract DealMoves is Moves {
    uint64 private constant PROVIDER_NONCE = 1 << 62;
    uint64 private constant NUMBERS = 6;

    function record(uint256 seed) external {
        (Offer memory head, uint256 proposer, uint256 acceptor) = _agreed(seed);
        bytes32 digest = market.offerDigest(head);
        bytes memory first = _signature(proposer, digest);
        bytes memory second = _signature(acceptor, digest);
        VM.prank(STRANGER);
        try market.recordSigned(head, new Move[](0), first, second) returns (bytes32 key) {
            _recorded(key, _dealOf(head), head.terms.maxAhead);
            ++done["record"];
        } catch {}
    }

    /// @dev Numbers that follow each other, so that no two items are the same session; one in three is badly signed.
    function recordBatch(uint256 seed) external {
        SignedAgreement[] memory items = new SignedAgreement[](3);
        bool[] memory forged = new bool[](3);
        for (uint64 i = 0; i < 3; ++i) {
            uint256 own = uint256(keccak256(abi.encode(seed, i)));
            (Offer memory head, uint256 proposer, uint256 acceptor) = _agreed(own);
            head.terms.nonce = NUMBERS + i;
            forged[i] = _chance(own, "forged", 3);
            items[i] = _agreement(head, proposer, forged[i] ? 77 : acceptor);
        }
        VM.prank(STRANGER);
        try market.recordBatch(items) returns (uint256 count) {
            uint256 found = 0;
            for (uint256 i = 0; i < 3; ++i) {
                Deal memory deal = _dealOf(items[i].head);
                bytes32 key = market.dealKey(deal.seller, deal.buyer, deal.nonce);
                (DealStatus status,, bytes25 terms) = market.dealSlot(key);
                if (rowAt[key] != 0 || status != DealStatus.Recorded) continue;
                if (terms != bytes25(keccak256(abi.encode(deal)))) continue;
                _demand(!forged[i], "11: a forged item was recorded");
                _recorded(key, deal, items[i].head.terms.maxAhead);
                ++found;
            }
            _demand(found == count, "11: the batch counts what it did not record");
            if (found != 0) ++done["recordBatch"];
            if (found != 3) ++done["skipped"];
        } catch {}
    }

    function cancel(uint256 seed) external {
        uint256 person = _somebody(seed);
        address other = _person(_other(seed, person));
        uint64 nonce = _nonce(seed);
        bytes32 key = market.dealKey(_person(person), other, nonce);
        VM.prank(_person(person));
        try market.cancel(other, nonce) {
            _cancelled(key);
            ++done["cancel"];
        } catch {}
    }

    /// @dev Of any row, in any state; one in five without the buyer's consent.
    function release(uint256 seed) external {
        if (rows.length == 0) return;
        Row storage row = rows[_pick(seed, "row", rows.length > 4 ? rows.length - 4 : 0, rows.length - 1)];
        if (row.status == DealStatus.Cancelled) return;
        Deal memory deal = row.deal;
        bytes32 digest = market.releaseDigest(market.dealKey(deal.seller, deal.buyer, deal.nonce));
        bool forged = _chance(seed, "forged", 5);
        bytes memory sellers = _signature(numberOf[deal.seller], digest);
        bytes memory buyers = _signature(forged ? numberOf[deal.seller] : numberOf[deal.buyer], digest);
        VM.prank(STRANGER);
        try market.release(deal, sellers, buyers) {
            _demand(!forged, "6: released without consent");
            _released(row);
            ++done["release"];
        } catch {}
    }

    /// @dev Of any row, in any state; one in five with other terms.
    function settle(uint256 seed) external {
        if (rows.length == 0) return;
        _settle(rows[_late(seed, rows.length)], _chance(seed, "altered", 5));
    }

    function settleBatch(uint256 seed) external {
        if (rows.length == 0) return;
        Deal[] memory deals = new Deal[](4);
        uint16[] memory indices = new uint16[](4);
        uint256[] memory at = new uint256[](4);
        for (uint256 i = 0; i < 4; ++i) {
            at[i] = _late(uint256(keccak256(abi.encode(seed, i))), rows.length);
            deals[i] = rows[at[i]].deal;
            indices[i] = rows[at[i]].index;
        }
        VM.prank(STRANGER);
        uint256 count = market.settleBatch(deals, indices);
        uint256 found = 0;
        for (uint256 i = 0; i < 4; ++i) {
            Row storage row = rows[at[i]];
            (DealStatus status,,) = market.dealSlot(row.key);
            if (row.status != DealStatus.Recorded || status != DealStatus.Settled) continue;
            _settled(row);
            ++found;
        }
        _demand(found == count, "11: the batch counts what it did not settle");
        if (found != 0) ++done["settleBatch"];
    }

    function buyFromProvider(uint256 seed) external {
        uint256 person = _somebody(seed);
        Deal memory deal = Deal({
            seller: _person(PROVIDER),
            buyer: _person(person),
            nonce: PROVIDER_NONCE + _nonce(seed),
            sellerMeter: 0,
            buyerMeter: _meterOf(person),
            interval: _soon(seed),
            count: 1,
            price: SELL_PRICE,
            energy: _energy(seed, 20_000)
        });
        VM.prank(deal.buyer);
        try market.buyFromProvider(
            deal.nonce - PROVIDER_NONCE, deal.buyerMeter, deal.interval, deal.energy, SELL_PRICE
        ) returns (
            bytes32 key
        ) {
            _demand(_now() <= _gate(deal.interval), "3: bought after the gate");
            _recorded(key, deal, 0);
            ++done["buyFromProvider"];
        } catch {}
    }

    function sellToProvider(uint256 seed) external {
        uint256 person = _somebody(seed);
        Deal memory deal = Deal({
            seller: _person(person),
            buyer: _person(PROVIDER),
            nonce: PROVIDER_NONCE + _nonce(seed),
            sellerMeter: _meterOf(person),
            buyerMeter: 0,
            interval: _soon(seed),
            count: 1,
            price: BUY_PRICE,
            energy: _energy(seed, 3_000)
        });
        VM.prank(deal.seller);
        try market.sellToProvider(
            deal.nonce - PROVIDER_NONCE, deal.sellerMeter, deal.interval, deal.energy, BUY_PRICE, _maxAhead(seed)
        ) returns (
            bytes32 key
        ) {
            _recorded(key, deal, _maxAhead(seed));
            _demand(openToProvider[deal.sellerMeter] <= CAP, "12: more than the cap is open");
            ++done["sellToProvider"];
        } catch {}
    }

    function _settle(Row storage row, bool altered) internal {
        Deal memory deal = row.deal;
        if (altered) ++deal.price;
        uint256 sellers = market.balanceOf(deal.seller);
        uint256 buyers = market.balanceOf(deal.buyer);
        VM.prank(STRANGER);
        try market.settle(deal, row.index) {
            _demand(!altered, "5: settled on other terms");
            (, uint64 counts) = _outcome(row);
            uint256 paid = market.balanceOf(deal.seller) - sellers;
            uint256 refunded = market.balanceOf(deal.buyer) - buyers;
            _demand(paid == uint256(deal.price) * counts, "5: paid other than price times delivered");
            _demand(paid + refunded == uint256(deal.price) * deal.energy, "5: paid + refunded is not the escrow");
            _settled(row);
            ++done["settle"];
            if (counts != 0 && counts != deal.energy) ++done["partly"];
        } catch {
            (bool isFinal,) = _outcome(row);
            _demand(altered || row.status != DealStatus.Recorded || !isFinal, "8: a final deal was not settled");
        }
    }

    function _nonce(uint256 seed) private pure returns (uint64) {
        // Few numbers, so that the same one is tried again
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(_pick(seed, "nonce", 0, NUMBERS - 1));
    }

    function _agreed(uint256 seed) private view returns (Offer memory head, uint256 proposer, uint256 acceptor) {
        // Half of them sell from one meter in one interval, so that queues grow
        bool crowded = _chance(seed, "crowded", 2);
        uint256 seller = crowded ? 1 : _somebody(seed);
        uint256 buyer = _other(seed, seller);
        head = _head(
            SessionTerms({
                seller: _person(seller),
                buyer: _person(buyer),
                nonce: _nonce(seed),
                sellerMeter: _meterOf(seller),
                buyerMeter: _meterOf(buyer),
                interval: crowded ? _present() + 2 : _soon(seed),
                count: _count(seed),
                maxAhead: _maxAhead(seed),
                sellerOpens: _chance(seed, "opens", 2),
                issueByIssue: false
            }),
            _price(seed),
            _energy(seed, seller == PEOPLE ? 2_000 : 40_000)
        );
        return head.terms.sellerOpens ? (head, seller, buyer) : (head, buyer, seller);
    }
}
