// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OpenRequest} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {ICloneMarket, ICloneNegotiation} from "../baseline/IClones.sol";
import {Stage} from "../support/Stage.sol";

/// @title The baseline's absolute gas: open, join, six offers, accept, each a transaction of its own.
/// @notice Run in isolation (foundry.toml), so that each call pays 21,000, its calldata and cold slots.
contract BaselineGas is Stage {
    ICloneMarket private market;
    uint32 private sellerMeter;
    uint32 private buyerMeter;

    function setUp() public {
        _stage();
        bytes memory arguments = abi.encode(address(token), address(registry), ELECTRICITY);
        market = ICloneMarket(_create("CloneMarket", arguments));
        VM.prank(REGISTRAR);
        registry.listMarket(address(market));
        sellerMeter = _meter(1);
        buyerMeter = _meter(2);
        _allow(1, sellerMeter, address(market));
        for (uint256 n = 1; n <= 2; ++n) {
            _fund(n, 1_000_000_000);
            VM.startPrank(_person(n));
            token.approve(address(market), type(uint256).max);
            market.deposit(1_000_000_000);
            VM.stopPrank();
        }
        // One negotiation before, so that no counter of the market starts from zero
        VM.prank(_person(1));
        market.open(_request());
    }

    /// forge-config: default.isolate = true
    function test_GasOfSixOffersToEscrow() public {
        VM.prank(_person(1));
        ICloneNegotiation negotiation = market.open(_request());
        uint256 opened = _spent();
        VM.prank(_person(2));
        negotiation.join(buyerMeter, 50_000);
        uint256 joined = _spent();
        uint256 offers = 0;
        uint256 last = 0;
        for (uint64 round = 0; round < 6; ++round) {
            VM.prank(_person(1 + round % 2));
            negotiation.offer(250 + round, 1500, 0);
            last = _spent();
            offers += last;
        }
        VM.prank(_person(1));
        negotiation.accept(5, 255, 1500);
        uint256 accepted = _spent();

        VM.snapshotValue("baseline", "open", opened);
        VM.snapshotValue("baseline", "join", joined);
        VM.snapshotValue("baseline", "counter_offer", last);
        VM.snapshotValue("baseline", "accept", accepted);
        VM.snapshotValue("baseline", "six_offers_to_escrow", opened + joined + offers + accepted);
        _equal(opened + joined + offers + accepted, 743_457, "the figure that MarketGas compares with");
        _equal(registry.slots(sellerMeter, 10).committed, 1500, "the deal stands in the queue");
    }

    function _request() private view returns (OpenRequest memory) {
        return OpenRequest({
            counterpart: address(0),
            selling: true,
            meter: sellerMeter,
            interval: 10,
            count: 1,
            maxAhead: 0,
            issueByIssue: true,
            maxRounds: 20,
            timeout: 600
        });
    }

    function _spent() private view returns (uint256) {
        return VM.lastCallGas().gasTotalUsed;
    }
}
