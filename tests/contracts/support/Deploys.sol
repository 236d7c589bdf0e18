// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IEnergyLoans} from "../../../contracts/interfaces/IEnergyLoans.sol";
import {IForwardContracts} from "../../../contracts/interfaces/IForwardContracts.sol";
import {IMeterRegistry} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {IProviderTariff, TariffStep} from "../../../contracts/interfaces/IProviderTariff.sol";
import {IUtilityNegotiator} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {IUtilityToken} from "../../../contracts/interfaces/IUtilityToken.sol";
import {Base} from "./Base.sol";

/// @title The project's contracts, deployed from what the compiler has written of them, and known by their interfaces.
/// @notice So the contracts are compiled once, with the settings that they ship with, and the tests with faster ones
/// (foundry.toml): `new` would compile each contract again into every test contract that deploys it.
abstract contract Deploys is Base {
    function _newRegistry(uint64 epoch, uint32 interval, uint32 gate, uint32 horizon, uint32 window, address registrar)
        internal
        returns (IMeterRegistry)
    {
        bytes memory arguments = abi.encode(epoch, interval, gate, horizon, window, registrar);
        return IMeterRegistry(_create("MeterRegistry", arguments));
    }

    function _newToken(string memory name, string memory symbol, uint256 weiPerUnit) internal returns (IUtilityToken) {
        return IUtilityToken(_create("UtilityToken", abi.encode(name, symbol, weiPerUnit)));
    }

    function _newTariff(address registry, address provider, TariffStep[] memory initial)
        internal
        returns (IProviderTariff)
    {
        return IProviderTariff(_create("ProviderTariff", abi.encode(registry, provider, initial)));
    }

    function _newMarket(
        address token,
        address registry,
        address tariff,
        uint8 utility,
        address guardian,
        uint32 pauseLength,
        uint32 pauseCooldown,
        uint64 providerCap
    ) internal returns (IUtilityNegotiator) {
        bytes memory arguments = abi.encode(
            token, registry, tariff, utility, guardian, pauseLength, pauseCooldown, providerCap
        );
        return IUtilityNegotiator(_create("UtilityNegotiator", arguments));
    }

    function _newLoans(
        address token,
        address registry,
        uint8 utility,
        address guardian,
        uint32 pauseLength,
        uint32 pauseCooldown
    ) internal returns (IEnergyLoans) {
        bytes memory arguments = abi.encode(token, registry, utility, guardian, pauseLength, pauseCooldown);
        return IEnergyLoans(_create("EnergyLoans", arguments));
    }

    function _newForwards(
        address token,
        address registry,
        uint8 utility,
        address guardian,
        uint32 pauseLength,
        uint32 pauseCooldown
    ) internal returns (IForwardContracts) {
        bytes memory arguments = abi.encode(token, registry, utility, guardian, pauseLength, pauseCooldown);
        return IForwardContracts(_create("ForwardContracts", arguments));
    }

    /// @dev As `new` does it: this contract creates, and what the constructor reverts with is passed on.
    function _create(string memory name, bytes memory arguments) internal returns (address made) {
        bytes memory code = bytes.concat(VM.getCode(string.concat(name, ".sol:", name)), arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
            if iszero(made) {
                let spare := mload(64)
                returndatacopy(spare, 0, returndatasize())
                revert(spare, returndatasize())
            }
        }
    }
}
