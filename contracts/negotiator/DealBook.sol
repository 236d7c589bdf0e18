// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {Deal, DealStatus, IUtilityNegotiator} from "../interfaces/IUtilityNegotiator.sol";
import {DealKey} from "../libraries/DealKey.sol";
import {DealSlot, DealSlotLib} from "../libraries/DealSlot.sol";
import {Balances} from "../shared/Balances.sol";
import {Batches} from "../shared/Batches.sol";
import {MarketTime} from "../shared/MarketTime.sol";

/// @title Deals: recorded with their whole price in escrow, settled once, by anyone. Every path ends here.
abstract contract DealBook is IUtilityNegotiator, Balances, MarketTime, Batches {
    /// @dev One slot; boxed so that its place is computed once.
    struct DealBox {
        DealSlot slot;
    }

    /// @dev Of the deployment; part of every deal's key.
    uint256 internal immutable CHAIN = block.chainid;

    /// @dev Most gas that one interval's settlement in a batch can take: four slots from zero, three cold calls.
    uint256 private constant SETTLE_GAS = 120_000;

    /// @dev One slot for each interval of a deal. A status never falls, and a final one never changes.
    mapping(bytes32 key => DealBox) private _deals;
    /// @inheritdoc IUtilityNegotiator
    mapping(uint32 meter => uint256 energy) public providerOpen;

    /// @inheritdoc IUtilityNegotiator
    function settle(Deal calldata deal, uint16 index) external {
        // Check
        if (index >= deal.count) revert IndexOutOfRange(index, deal.count);
        bytes32 key = DealKey.at(DealKey.base(CHAIN, deal.seller, deal.buyer, deal.nonce), index);
        DealBox storage box = _deals[key];
        // `deal` is the first argument and of fixed length, so it stands in the calldata as the hash has it; a field
        // with bits beyond its type is refused wherever it is read
        DealSlot slot = _requireRecorded(key, box, DealSlotLib.termsOf(msg.data[4:4 + DealSlotLib.DEAL_BYTES]));
        uint64 delivered = _delivered(deal, deal.interval + index, slot.position());

        // Effect; neither product exceeds the escrow, which is below 2**63
        uint256 paid;
        uint256 refunded;
        unchecked {
            paid = uint256(deal.price) * delivered;
            refunded = uint256(deal.price) * (deal.energy - delivered);
        }
        box.slot = slot.withStatus(DealStatus.Settled);
        if (deal.buyerMeter == 0) providerOpen[deal.sellerMeter] -= deal.energy;
        if (paid != 0) _credit(deal.seller, paid);
        if (refunded != 0) _credit(deal.buyer, refunded);

        emit DealSettled(key, delivered, paid, refunded);
    }

    /// @inheritdoc IUtilityNegotiator
    function settleBatch(Deal[] calldata deals, uint16[] calldata indices) external returns (uint256 settled) {
        if (deals.length != indices.length) revert InvalidParameter("indices", indices.length);
        for (uint256 i = 0; i < deals.length; ++i) {
            _requireItemGas(i, SETTLE_GAS);
            try this.settle(deals[i], indices[i]) {
                ++settled;
            } catch (bytes memory reason) {
                bytes32 key = DealKey.base(CHAIN, deals[i].seller, deals[i].buyer, deals[i].nonce);
                emit ItemSkipped(i, DealKey.at(key, indices[i]), reason);
            }
        }
    }

    /// @inheritdoc IUtilityNegotiator
    function dealSlot(bytes32 key) external view returns (DealStatus status, uint48 position, bytes25 termsHash) {
        DealSlot slot = _deals[key].slot;
        return (slot.status(), slot.position(), bytes25(bytes32(slot.terms())));
    }

    /// @inheritdoc IUtilityNegotiator
    function dealKey(address a, address b, uint64 nonce) external view returns (bytes32) {
        return DealKey.base(CHAIN, a, b, nonce);
    }

    /// @dev Records every interval of `deal` and takes its whole price from the buyer, or reverts. Whoever calls this
    /// has the consent of both parties to exactly these terms.
    function _record(bytes32 key, Deal memory deal, uint64 maxAhead) internal {
        // Check
        if (deal.seller == deal.buyer) revert SelfDeal(deal.seller);
        if (deal.count == 0) revert ZeroCount();
        unchecked {
            _requireWithinHorizon(uint256(deal.interval) + deal.count - 1);
        }
        uint256 escrow = _requireAmounts(deal.price, deal.energy, deal.count);
        uint256 terms = DealSlotLib.termsOf(deal);

        // Effect, with the registry's answer in it: the registry is the market's own and calls nobody
        _debit(deal.buyer, escrow);
        for (uint16 i = 0; i < deal.count; ++i) {
            bytes32 slotKey = DealKey.at(key, i);
            DealBox storage box = _deals[slotKey];
            DealStatus status = box.slot.status();
            if (status != DealStatus.None) revert KeyUsed(slotKey, status);
            uint64 position = deal.sellerMeter == 0 ? 0 : _commit(deal, deal.interval + i, maxAhead);
            box.slot = DealSlotLib.recorded(terms, position);

            emit DealRecorded(slotKey, deal.seller, deal.buyer, deal, i, position);
        }
    }

    /// @dev Writes Cancelled where nothing stands.
    function _cancel(bytes32 key) internal {
        DealBox storage box = _deals[key];
        DealSlot slot = box.slot;
        DealStatus status = slot.status();
        if (status != DealStatus.None) revert KeyUsed(key, status);
        box.slot = slot.withStatus(DealStatus.Cancelled);

        emit DealCancelled(key, msg.sender);
    }

    /// @dev Undoes every interval of a recorded deal. Whoever calls this has both parties' consent.
    function _release(bytes32 key, Deal calldata deal) internal {
        // Check
        if (deal.count == 0) revert ZeroCount();
        _requireGateOpen(deal.interval);
        uint256 terms = DealSlotLib.termsOf(deal);

        // Effect, with the registry's checks in it
        uint256 price = uint256(deal.price) * deal.energy;
        for (uint16 i = 0; i < deal.count; ++i) {
            bytes32 slotKey = DealKey.at(key, i);
            DealBox storage box = _deals[slotKey];
            DealSlot slot = _requireRecorded(slotKey, box, terms);
            box.slot = slot.withStatus(DealStatus.Released);
            if (deal.sellerMeter != 0) {
                IMeterRegistry(REGISTRY).uncommit(deal.sellerMeter, deal.interval + i, slot.position(), deal.energy);
            }

            emit DealReleased(slotKey, price);
        }
        // Only now are the terms known to be those that were recorded
        _credit(deal.buyer, price * deal.count);
        if (deal.buyerMeter == 0) providerOpen[deal.sellerMeter] -= uint256(deal.energy) * deal.count;
    }

    /// @dev `count` is known not to be zero.
    /// @return escrow price × energy × count, below 2**63, with energy below 2**32
    function _requireAmounts(uint64 price, uint64 energy, uint16 count) internal pure returns (uint256 escrow) {
        unchecked {
            escrow = uint256(price) * energy * count; // below 2**144
        }
        if (escrow == 0) revert ZeroAmount(price, energy);
        if ((energy >> 32) | (escrow >> 63) != 0) revert AmountOverflow(price, energy, count);
    }

    function _commit(Deal memory deal, uint32 interval, uint64 maxAhead) private returns (uint64 position) {
        return IMeterRegistry(REGISTRY)
            .commit(
                deal.sellerMeter, deal.seller, deal.buyerMeter, deal.buyer, UTILITY, interval, deal.energy, maxAhead
            );
    }

    /// @dev Energy that counts as delivered, or a revert while that is not known yet.
    function _delivered(Deal calldata deal, uint32 interval, uint48 position) private view returns (uint64) {
        if (deal.sellerMeter == 0) {
            uint256 end = _endOf(interval);
            if (block.timestamp < end) revert NotFinal(0, interval, end, block.timestamp);
            return deal.energy;
        }
        (bool isFinal, uint64 exported) = IMeterRegistry(REGISTRY).finalExport(deal.sellerMeter, interval);
        if (!isFinal) revert NotFinal(deal.sellerMeter, interval, _silenceOf(interval), block.timestamp);
        if (exported <= position) return 0;
        uint64 reached = exported - position;
        return reached < deal.energy ? reached : deal.energy;
    }

    function _requireRecorded(bytes32 key, DealBox storage box, uint256 terms) private view returns (DealSlot slot) {
        slot = box.slot;
        if (slot.status() != DealStatus.Recorded) revert WrongDealStatus(key, slot.status(), DealStatus.Recorded);
        if (slot.terms() != terms) revert TermsMismatch(key);
    }
}
