// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {IProviderTariff} from "../interfaces/IProviderTariff.sol";
import {Deal, IUtilityNegotiator} from "../interfaces/IUtilityNegotiator.sol";
import {DealKey} from "../libraries/DealKey.sol";
import {GuardedPause} from "../shared/GuardedPause.sol";
import {DealBook} from "./DealBook.sol";

/// @title Deals with the main provider at its tariff; its consent is the tariff itself.
abstract contract ProviderDesk is GuardedPause, DealBook {
    /// @inheritdoc IUtilityNegotiator
    address public immutable TARIFF;
    /// @inheritdoc IUtilityNegotiator
    uint64 public immutable PROVIDER_CAP;
    address private immutable PROVIDER;

    /// @param tariff zero: the market has no provider
    constructor(address tariff, uint64 providerCap) {
        TARIFF = tariff;
        PROVIDER_CAP = providerCap;
        if (tariff != address(0)) {
            address registry = IProviderTariff(tariff).REGISTRY();
            // The tariff's notice must be counted by this market's own clock
            if (registry != REGISTRY) revert InvalidParameter("tariff", uint160(registry));
            PROVIDER = IProviderTariff(tariff).PROVIDER();
        }
    }

    /// @inheritdoc IUtilityNegotiator
    function buyFromProvider(uint64 number, uint32 buyerMeter, uint32 interval, uint64 energy, uint64 limit)
        external
        whenNotPaused
        returns (bytes32 key)
    {
        // Check
        _requireProvider(number);
        _requireGateOpen(interval);
        IMeterRegistry(REGISTRY).checkBuyer(buyerMeter, msg.sender, UTILITY, interval);
        (, uint64 price) = IProviderTariff(TARIFF).priceAt(interval);
        if (price > limit) revert PriceLimit(interval, price, limit);

        // Effect
        return _recordWithProvider(
            Deal({
                seller: PROVIDER,
                buyer: msg.sender,
                nonce: DealKey.PROVIDER + number,
                sellerMeter: 0,
                buyerMeter: buyerMeter,
                interval: interval,
                count: 1,
                price: price,
                energy: energy
            }),
            0
        );
    }

    /// @inheritdoc IUtilityNegotiator
    function sellToProvider(
        uint64 number,
        uint32 sellerMeter,
        uint32 interval,
        uint64 energy,
        uint64 limit,
        uint64 maxAhead
    ) external whenNotPaused returns (bytes32 key) {
        // Check
        _requireProvider(number);
        if (sellerMeter == 0) revert InvalidParameter("sellerMeter", 0);
        uint256 present = providerOpen[sellerMeter];
        uint256 total = present + energy;
        if (total > PROVIDER_CAP) revert ProviderCap(sellerMeter, present, energy, PROVIDER_CAP);
        (uint64 price,) = IProviderTariff(TARIFF).priceAt(interval);
        if (price < limit) revert PriceLimit(interval, price, limit);

        // Effect
        providerOpen[sellerMeter] = total;
        return _recordWithProvider(
            Deal({
                seller: msg.sender,
                buyer: PROVIDER,
                nonce: DealKey.PROVIDER + number,
                sellerMeter: sellerMeter,
                buyerMeter: 0,
                interval: interval,
                count: 1,
                price: price,
                energy: energy
            }),
            maxAhead
        );
    }

    function _recordWithProvider(Deal memory deal, uint64 maxAhead) private returns (bytes32 key) {
        key = DealKey.base(CHAIN, deal.seller, deal.buyer, deal.nonce);
        _record(key, deal, maxAhead);
    }

    function _requireProvider(uint64 number) private view {
        if (TARIFF == address(0)) revert NoProvider();
        if (msg.sender == PROVIDER) revert SelfDeal(msg.sender);
        if (number >= DealKey.PROVIDER) revert NonceOutOfRange(number);
    }
}
