// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Names of parameters are short literals.
// forge-lint: disable-start(unsafe-typecast)

import {IMeterRegistry} from "../../contracts/interfaces/IMeterRegistry.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {Deal, DealStatus, IUtilityNegotiator} from "../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "./support/MarketStage.sol";

/// @title What reviewers found, and that it stays mended.
contract HardeningTest is MarketStage {
    function setUp() public {
        _open();
    }

    /// Two who collude sign the release of a purchase by the provider that was never recorded: a named refusal, not a panic.
    function test_ReleasingWhatWasNeverRecordedIsRefusedByName() public {
        Deal memory deal = _dealOf(_head(_terms(7, 10), 250, 1500));
        deal.buyerMeter = 0;
        bytes32 key = market.dealKey(deal.seller, deal.buyer, deal.nonce);
        bytes32 digest = market.releaseDigest(key);
        bytes memory seller = _signature(1, digest);
        bytes memory buyer = _signature(2, digest);
        VM.expectRevert(
            abi.encodeWithSelector(
                IUtilityNegotiator.WrongDealStatus.selector, key, DealStatus.None, DealStatus.Recorded
            )
        );
        market.release(deal, seller, buyer);
        deal.count = 0;
        VM.expectRevert(abi.encodeWithSelector(IUtilityNegotiator.ZeroCount.selector));
        market.release(deal, seller, buyer);
    }

    /// With a cooldown shorter than the pause, pauses could be chained into one without an end.
    function test_PausesCannotBeChained() public {
        VM.expectRevert(
            abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("pauseCooldown"), 3 days - 1)
        );
        _newMarket(address(token), address(registry), address(tariff), ELECTRICITY, GUARDIAN, 3 days, 3 days - 1, CAP);
    }

    /// A chain that gets another id after a fork keeps its deals in reach.
    function test_ADealSettlesAfterTheChainWasRenumbered() public {
        Deal memory deal = _deal(8, 10, 1500);
        _warpToSilence(10);
        VM.chainId(424_242);
        uint256 before = market.balanceOf(deal.buyer);
        market.settle(deal, 0);
        _equal(market.balanceOf(deal.buyer), before + uint256(deal.price) * deal.energy, "the silent seller's refund");
    }

    /// An attester who is the owner would be no second pair of eyes.
    function test_AnOwnerDoesNotAttestItself() public {
        address owner = _person(1);
        VM.expectRevert(
            abi.encodeWithSelector(
                IMeterRegistry.InvalidParameter.selector, bytes32("attester"), uint256(uint160(owner))
            )
        );
        VM.prank(REGISTRAR);
        registry.register(owner, _person(555), owner, ELECTRICITY, 5000, bytes32(0), bytes32(0));
    }
}
// forge-lint: disable-end(unsafe-typecast)
