// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {IProviderTariff, TariffStep} from "../../contracts/interfaces/IProviderTariff.sol";
import {Stage} from "./support/Stage.sol";

contract ProviderTariffTest is Stage {
    IProviderTariff private tariff;

    function setUp() public {
        _stage();
        TariffStep[] memory initial = new TariffStep[](2);
        initial[0] = TariffStep(5, 80, 400);
        initial[1] = TariffStep(10, 0, 0);
        tariff = _newTariff(address(registry), _person(9), initial);
    }

    function test_PricesHoldFromTheirInterval() public {
        _expect(abi.encodeWithSelector(IProviderTariff.NoPrice.selector, uint32(4)));
        tariff.priceAt(4);
        (uint64 buyPrice, uint64 sellPrice) = tariff.priceAt(9);
        _true(buyPrice == 80 && sellPrice == 400, "first step");
        (buyPrice, sellPrice) = tariff.priceAt(type(uint32).max);
        _true(buyPrice == 0 && sellPrice == 0, "a price of zero is a price");
        _true(tariff.PROVIDER() == _person(9) && tariff.REGISTRY() == address(registry), "whose");
        TariffStep[] memory steps = tariff.steps();
        _true(steps.length == 2 && steps[0].fromInterval == 5 && steps[0].sellPrice == 400, "all steps");
    }

    function test_AStepMayBeginOnlyBeyondTheHorizon() public {
        // At EPOCH + 10 deals reach HORIZON intervals ahead: the last has started by EPOCH + 10 + HORIZON × 900
        uint256 earliest = block.timestamp + uint256(HORIZON) * INTERVAL;
        VM.startPrank(_person(9));
        _expect(
            abi.encodeWithSelector(
                IProviderTariff.NoticeTooShort.selector, HORIZON, EPOCH + uint256(HORIZON) * INTERVAL, earliest
            )
        );
        tariff.append(_one(HORIZON, 1, 2));
        VM.expectEmit(address(tariff));
        emit IProviderTariff.TariffAppended(HORIZON + 1, 1, 2);
        tariff.append(_one(HORIZON + 1, 1, 2));
        (uint64 buyPrice,) = tariff.priceAt(HORIZON + 1);
        _equal(buyPrice, 1, "from there");
        (buyPrice,) = tariff.priceAt(HORIZON);
        _equal(buyPrice, 0, "not before");
        VM.stopPrank();
    }

    function test_Refusals() public {
        _expect(abi.encodeWithSelector(IProviderTariff.NotProvider.selector, address(this), _person(9)));
        tariff.append(_one(HORIZON + 1, 1, 2));
        VM.startPrank(_person(9));
        _expect(abi.encodeWithSelector(IProviderTariff.EmptyTariff.selector));
        tariff.append(new TariffStep[](0));
        _expect(abi.encodeWithSelector(IProviderTariff.BuyAboveSell.selector, uint64(3), uint64(2)));
        tariff.append(_one(HORIZON + 1, 3, 2));
        tariff.append(_one(HORIZON + 5, 1, 2));
        _expect(abi.encodeWithSelector(IProviderTariff.StepOutOfOrder.selector, HORIZON + 5, HORIZON + 5));
        tariff.append(_one(HORIZON + 5, 1, 2));
        VM.stopPrank();
        _expect(abi.encodeWithSelector(IProviderTariff.EmptyTariff.selector));
        _newTariff(address(registry), _person(9), new TariffStep[](0));
        _expect(abi.encodeWithSelector(IProviderTariff.ZeroAddress.selector, bytes32("registry")));
        _newTariff(address(0), _person(9), _one(0, 1, 2));
        _expect(abi.encodeWithSelector(IProviderTariff.ZeroAddress.selector, bytes32("provider")));
        _newTariff(address(registry), address(0), _one(0, 1, 2));
    }

    /// @dev No append ever changes the price of an interval that a deal could already have been made for.
    function testFuzz_PricesWithinTheHorizonAreFrozen(uint32 at, uint32 from, uint64 price, uint32 later) public {
        VM.warp(block.timestamp + _bound(later, 0, 100 days));
        uint256 last = (block.timestamp + uint256(HORIZON) * INTERVAL - EPOCH) / INTERVAL;
        uint32 asked = uint32(_bound(at, 5, last));
        (uint64 buyBefore, uint64 sellBefore) = tariff.priceAt(asked);
        VM.prank(_person(9));
        try tariff.append(_one(from, price, type(uint64).max)) {} catch {}
        (uint64 buyAfter, uint64 sellAfter) = tariff.priceAt(asked);
        _true(buyBefore == buyAfter && sellBefore == sellAfter, "frozen");
    }

    function _one(uint32 from, uint64 buyPrice, uint64 sellPrice) private pure returns (TariffStep[] memory steps) {
        steps = new TariffStep[](1);
        steps[0] = TariffStep(from, buyPrice, sellPrice);
    }
}
// forge-lint: disable-end(unsafe-typecast)
