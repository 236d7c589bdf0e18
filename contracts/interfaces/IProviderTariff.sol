// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice Prices that hold from an interval on, in token units per base unit.
struct TariffStep {
    uint32 fromInterval;
    uint64 buyPrice; // what the provider pays
    uint64 sellPrice; // what the provider asks; buyPrice ≤ sellPrice
}

/// @title The provider's schedule of prices by delivery interval.
/// @notice Append-only, and a new step may begin only beyond the market's horizon: no deal for an interval it covers
/// can have been recorded before, so the price of every interval is frozen before any deal for it. That is the notice.
interface IProviderTariff {
    event TariffAppended(uint32 indexed fromInterval, uint64 buyPrice, uint64 sellPrice);

    error ZeroAddress(bytes32 name);
    error NotProvider(address caller, address provider);
    error EmptyTariff();
    error BuyAboveSell(uint64 buyPrice, uint64 sellPrice);
    error StepOutOfOrder(uint32 fromInterval, uint32 last);
    error NoticeTooShort(uint32 fromInterval, uint256 start, uint256 earliest);
    error NoPrice(uint32 interval);

    function PROVIDER() external view returns (address);
    function REGISTRY() external view returns (address);

    /// @notice Appends steps in ascending order; only the provider, each starting later than now + HORIZON.
    function append(TariffStep[] calldata steps) external;

    function priceAt(uint32 interval) external view returns (uint64 buyPrice, uint64 sellPrice);
    function steps() external view returns (TariffStep[] memory);
}
