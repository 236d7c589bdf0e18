// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {IProviderTariff, TariffStep} from "./interfaces/IProviderTariff.sol";

/// @title The schedule of prices as checkpoints, one slot per step.
contract ProviderTariff is IProviderTariff {
    using Checkpoints for Checkpoints.Trace224;

    /// @dev Tells a step with prices of zero from no step at all.
    uint224 private constant PRESENT = 1 << 128;

    /// @inheritdoc IProviderTariff
    address public immutable PROVIDER;
    /// @inheritdoc IProviderTariff
    address public immutable REGISTRY;
    /// @dev How far ahead deals may reach, in seconds.
    uint256 private immutable NOTICE;

    /// @dev One slot per step: key (bits 0..31), sell price (32..95), buy price (96..159), PRESENT (bit 160).
    Checkpoints.Trace224 private _prices;

    /// @param initial steps that hold from the start; they may begin anywhere, in ascending order
    constructor(address registry, address provider, TariffStep[] memory initial) {
        if (registry == address(0)) revert ZeroAddress("registry");
        if (provider == address(0)) revert ZeroAddress("provider");
        REGISTRY = registry;
        PROVIDER = provider;
        NOTICE = uint256(IMeterRegistry(registry).HORIZON()) * IMeterRegistry(registry).INTERVAL();
        if (initial.length == 0) revert EmptyTariff();
        for (uint256 i = 0; i < initial.length; ++i) {
            _push(initial[i]);
        }
    }

    /// @inheritdoc IProviderTariff
    function append(TariffStep[] calldata added) external {
        // Check
        if (msg.sender != PROVIDER) revert NotProvider(msg.sender, PROVIDER);
        if (added.length == 0) revert EmptyTariff();
        // The steps ascend (checked as each is pushed), so the notice of the first is the shortest
        uint256 start = IMeterRegistry(REGISTRY).startOf(added[0].fromInterval);
        uint256 earliest = block.timestamp + NOTICE;
        if (start <= earliest) revert NoticeTooShort(added[0].fromInterval, start, earliest);

        // Effect and event, step by step
        for (uint256 i = 0; i < added.length; ++i) {
            _push(added[i]);
        }
    }

    /// @inheritdoc IProviderTariff
    function priceAt(uint32 interval) external view returns (uint64 buyPrice, uint64 sellPrice) {
        uint224 packed = _prices.upperLookupRecent(interval);
        if (packed == 0) revert NoPrice(interval);
        return _unpack(packed);
    }

    /// @inheritdoc IProviderTariff
    function steps() external view returns (TariffStep[] memory all) {
        uint256 count = _prices.length();
        all = new TariffStep[](count);
        for (uint256 i = 0; i < count; ++i) {
            // forge-lint: disable-next-line(unsafe-typecast)
            Checkpoints.Checkpoint224 memory step = _prices.pos(uint32(i));
            (uint64 buyPrice, uint64 sellPrice) = _unpack(step._value);
            all[i] = TariffStep({fromInterval: step._key, buyPrice: buyPrice, sellPrice: sellPrice});
        }
    }

    function _push(TariffStep memory step) private {
        if (step.buyPrice > step.sellPrice) revert BuyAboveSell(step.buyPrice, step.sellPrice);
        (bool exists, uint32 last,) = _prices.latestCheckpoint();
        if (exists && step.fromInterval <= last) revert StepOutOfOrder(step.fromInterval, last);

        _prices.push(step.fromInterval, PRESENT | (uint224(step.buyPrice) << 64) | step.sellPrice);

        emit TariffAppended(step.fromInterval, step.buyPrice, step.sellPrice);
    }

    function _unpack(uint224 packed) private pure returns (uint64 buyPrice, uint64 sellPrice) {
        // Casts that cut off what is not the field's
        // forge-lint: disable-next-line(unsafe-typecast)
        return (uint64(packed >> 64), uint64(packed));
    }
}
