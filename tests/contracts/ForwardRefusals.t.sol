// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Numbers of people and places are small; names of parameters are short literals.
// forge-lint: disable-start(unsafe-typecast)

import {
    ForwardStatus,
    ForwardTerms,
    IForwardContracts,
    Membership
} from "../../contracts/interfaces/IForwardContracts.sol";
import {IGuardedPause} from "../../contracts/interfaces/IGuardedPause.sol";
import {IMarketAccount} from "../../contracts/interfaces/IMarketAccount.sol";
import {IMarketTime} from "../../contracts/interfaces/IMarketTime.sol";
import {IMeterRegistry, Supply} from "../../contracts/interfaces/IMeterRegistry.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {ForwardStage} from "./support/ForwardStage.sol";

/// @title What is no forward contract and no membership, each by the name of its fault, in the order of the interface.
contract ForwardRefusalsTest is ForwardStage {
    uint168 private constant WEEK = type(uint168).max;

    function setUp() public {
        _openDesk();
        _settle(3);
    }

    // Signing

    function test_SigningTakesTheRetailersDeposit() public {
        ForwardTerms memory terms = _forward(1);
        bytes32 digest = desk.forwardDigest(terms);
        bytes memory retailers = _signature(RETAILER, digest);
        bytes memory communities = _signature(COMMUNITY, digest);
        bytes32 key = desk.forwardKey(_person(COMMUNITY), _person(RETAILER), 1);
        VM.expectEmit(address(desk));
        emit IForwardContracts.ForwardSigned(key, _person(RETAILER), _person(COMMUNITY), terms, retailers, communities);
        VM.prank(STRANGER);
        VM.assertEq(desk.signForward(terms, retailers, communities), key, "its key");
        (ForwardStatus status, uint32 open, uint64 deposit, bytes32 termsHash) = desk.forwardSlot(key);
        _true(status == ForwardStatus.Signed && open == 0, "signed, nobody joined");
        _equal(deposit, RETAILER_DEPOSIT, "the deposit");
        _equal(_balance(RETAILER), STAKE - RETAILER_DEPOSIT, "taken from the balance");
        VM.assertEq(termsHash, _termsHash(terms), "the struct hash of the terms");
    }

    function test_NoContractOfOneParty() public {
        ForwardTerms memory terms = _broken();
        terms.community = terms.retailer;
        _refused(terms, abi.encodeWithSelector(IForwardContracts.SelfForward.selector, terms.retailer));
    }

    function test_NumbersOfOthers() public {
        _refused(_broken(), abi.encodeWithSelector(ISigned.NonceOutOfRange.selector, uint64(1) << 62));
    }

    function test_BoundariesInOrderAndNotTooMany() public {
        ForwardTerms memory terms = _broken();
        terms.nonce = (uint64(1) << 62) - 1;
        terms.boundaries = new uint32[](1);
        _refused(terms, abi.encodeWithSelector(IForwardContracts.BadBoundaries.selector, 1));
        terms.boundaries = new uint32[](65);
        _refused(terms, abi.encodeWithSelector(IForwardContracts.BadBoundaries.selector, 65));
        terms.boundaries = new uint32[](64);
        for (uint32 i = 0; i < 64; ++i) {
            terms.boundaries[i] = FIRST + i;
        }
        terms.boundaries[40] = terms.boundaries[39];
        _refused(terms, abi.encodeWithSelector(IForwardContracts.BadBoundaries.selector, 40));
        terms.boundaries[40] += 1;
        _refused(terms, abi.encodeWithSelector(IForwardContracts.BadBlocks.selector, 0, 2, 2));
    }

    function test_BlocksRatesAndVolumesGoTogether() public {
        ForwardTerms memory terms = _broken();
        (terms.nonce, terms.boundaries) = (1, _forward(1).boundaries);
        terms.blocks = new uint168[](5);
        (terms.rates, terms.expected) = (new uint64[](5), new int64[](5));
        _refused(terms, abi.encodeWithSelector(IForwardContracts.BadBlocks.selector, 5, 5, 5));
        terms.blocks = new uint168[](4);
        _refused(terms, abi.encodeWithSelector(IForwardContracts.BadBlocks.selector, 4, 5, 5));
        terms.rates = new uint64[](4);
        _refused(terms, abi.encodeWithSelector(IForwardContracts.BadBlocks.selector, 4, 4, 5));
        terms.expected = new int64[](4);
        terms.rates[3] = uint64(1) << 40;
        (terms.blocks[0], terms.blocks[2]) = (7, 5);
        _refused(terms, abi.encodeWithSelector(IForwardContracts.RateOverflow.selector, 3, uint64(1) << 40));
        terms.rates[3] -= 1;
        _refused(terms, abi.encodeWithSelector(IForwardContracts.OverlappingBlocks.selector, 2, uint168(5)));
    }

    function test_EveryHourHasOneRate() public {
        ForwardTerms memory terms = _broken();
        (terms.nonce, terms.boundaries, terms.blocks) = (1, _forward(1).boundaries, _blocks());
        terms.blocks[1] |= uint168(1) << 8;
        _refused(terms, abi.encodeWithSelector(IForwardContracts.OverlappingBlocks.selector, 1, uint168(1) << 8));
        terms.blocks = _blocks();
        terms.blocks[0] &= ~(uint168(1) << 8);
        _refused(terms, abi.encodeWithSelector(IForwardContracts.MissingHours.selector, uint168(1) << 8));
        terms.blocks = _blocks();
        _refused(terms, abi.encodeWithSelector(IForwardContracts.ZeroVolume.selector));
        terms.expected[1] = -1;
        _refused(
            terms,
            abi.encodeWithSelector(IForwardContracts.ForwardOverflow.selector, bytes32("exitFee"), uint64(1) << 63)
        );
    }

    /// @dev However the week is cut in two, it is sound; with an hour more or less it is not.
    function testFuzz_TheWeekCutInTwo(uint168 hoursOfWeek, uint8 hour) public {
        uint168 bit = uint168(1) << (hour % 168);
        ForwardTerms memory terms = _forward(1);
        (terms.blocks[0], terms.blocks[1]) = (hoursOfWeek | bit, WEEK & ~hoursOfWeek & ~bit);
        terms.blocks[0] ^= bit;
        _refused(terms, abi.encodeWithSelector(IForwardContracts.MissingHours.selector, bit));
        terms.blocks[0] ^= bit;
        terms.blocks[1] ^= bit;
        _refused(terms, abi.encodeWithSelector(IForwardContracts.OverlappingBlocks.selector, 1, bit));
        terms.blocks[1] ^= bit;
        _sign(terms);
    }

    function test_AmountsTimesAndSignatures() public {
        ForwardTerms memory terms = _broken();
        (terms.nonce, terms.boundaries, terms.blocks) = (1, _forward(1).boundaries, _blocks());
        terms.expected = _forward(1).expected;
        terms.exitFee = (uint64(1) << 63) - 1;
        _refused(
            terms,
            abi.encodeWithSelector(
                IForwardContracts.ForwardOverflow.selector, bytes32("retailerDeposit"), uint64(1) << 63
            )
        );
        terms.retailerDeposit = uint64(STAKE) + 1;
        bytes32 key = desk.forwardKey(terms.retailer, terms.community, 1);
        _refused(terms, abi.encodeWithSelector(ISigned.OfferExpired.selector, key, 0, block.timestamp));
        terms.expiry = type(uint64).max;
        terms.boundaries[0] = 0;
        uint256 gate = EPOCH - GATE;
        _refused(terms, abi.encodeWithSelector(IMarketTime.GateClosed.selector, uint32(0), gate, block.timestamp));
        terms.boundaries[0] = FIRST;
        VM.warp(_startOf(FIRST) - GATE);
        bytes32 digest = desk.forwardDigest(terms);
        bytes memory bad = _signature(9, digest);
        bytes memory communities = _signature(COMMUNITY, digest);
        bytes memory retailers = _signature(RETAILER, digest);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, terms.retailer));
        desk.signForward(terms, bad, bad);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, terms.community));
        desk.signForward(terms, retailers, bad);
        VM.assertEq(digest, _digest(address(desk), _termsHash(terms)), "the digest, written out");
        bytes memory undecided = abi.encodeWithSelector(
            bytes4(keccak256("NotDecided(bytes32,uint8,bytes32,bytes32)")),
            bytes32("a vote"),
            0,
            bytes32(0),
            keccak256(abi.encode(terms.retailer, terms.rates, terms.blocks, terms.zone))
        );
        _expect(undecided);
        desk.signForward(terms, retailers, communities);
        terms.decision = 0;
        _refused(
            terms,
            abi.encodeWithSelector(IMarketAccount.InsufficientBalance.selector, _person(RETAILER), STAKE, STAKE + 1)
        );
        terms.retailerDeposit = uint64(STAKE);
        _sign(terms);
        terms.retailerDeposit = 0;
        _refused(terms, abi.encodeWithSelector(IForwardContracts.ForwardKeyUsed.selector, key, ForwardStatus.Signed));
    }

    function test_CancellingANumber() public {
        VM.startPrank(_person(COMMUNITY));
        _expect(abi.encodeWithSelector(IForwardContracts.SelfForward.selector, _person(COMMUNITY)));
        desk.cancelForward(_person(COMMUNITY), uint64(1) << 62);
        _expect(abi.encodeWithSelector(ISigned.NonceOutOfRange.selector, uint64(1) << 62));
        desk.cancelForward(_person(RETAILER), uint64(1) << 62);
        bytes32 key = desk.forwardKey(_person(RETAILER), _person(COMMUNITY), 1);
        VM.expectEmit(address(desk));
        emit IForwardContracts.ForwardCancelled(key, _person(COMMUNITY));
        desk.cancelForward(_person(RETAILER), 1);
        bytes memory used =
            abi.encodeWithSelector(IForwardContracts.ForwardKeyUsed.selector, key, ForwardStatus.Cancelled);
        _expect(used);
        desk.cancelForward(_person(RETAILER), 1);
        VM.stopPrank();
        ForwardTerms memory terms = _forward(1);
        _refused(terms, used);
        _expect(abi.encodeWithSelector(ISigned.TermsMismatch.selector, key));
        desk.closeForward(terms);
    }

    // Joining

    function test_JoiningTakesTheDepositAndSuppliesTheMeter() public {
        ForwardTerms memory terms = _forward(1);
        bytes32 key = _sign(terms);
        Membership memory membership = _membership(terms, 2);
        bytes memory signature = _signature(2, desk.membershipDigest(membership));
        VM.assertEq(
            desk.membershipDigest(membership),
            _digest(
                address(desk),
                keccak256(
                    abi.encode(
                        keccak256(
                            "Membership(ForwardTerms terms,address member,uint32 meter,uint64 maxDeposit,uint64 expiry)"
                            "ForwardTerms(address retailer,address community,uint64 nonce,uint32[] boundaries,"
                            "uint168[] blocks,bytes32 zone,uint64[] rates,int64[] expected,bytes32 roster,"
                            "uint64 exitFee,uint64 retailerDeposit,bytes32 decision,uint64 expiry)"
                        ),
                        membership
                    )
                )
            ),
            "the digest, written out"
        );
        (int64[] memory volumes, bytes32[] memory proof) = (_volumes(2), _proof(2));
        VM.expectEmit(address(desk));
        emit IForwardContracts.MemberJoined(key, meterOf[2], membership, volumes, signature);
        VM.prank(STRANGER);
        desk.joinForward(terms, membership, volumes, proof, signature);
        _join(terms, 3);
        _equal(_balance(2), STAKE - MOST, "the deposit is taken");
        _equal(_state(key, 2).deposit, MOST, "and held");
        _true(_state(key, 2).member == _person(2), "for the member");
        _equal(_state(key, 2).last, PERIODS, "all periods");
        _true(_state(key, 2).volumesHash == keccak256(abi.encode(volumes)), "its volumes");
        (, uint32 open,,) = desk.forwardSlot(key);
        _equal(open, 2, "two members");
        Supply memory supplied = registry.suppliesOf(meterOf[2])[0];
        _true(supplied.market == address(desk), "the desk supplies it");
        _true(supplied.from == FIRST && supplied.to == _boundary(PERIODS), "through the contract");
    }

    function test_RefusalsOfJoiningInTheirOrder() public {
        ForwardTerms memory terms = _forward(1);
        terms.roster = bytes32(uint256(1));
        Membership memory membership = _membership(_forward(1), 1);
        (membership.expiry, membership.maxDeposit) = (EPOCH, 0);
        membership.terms = 0;
        bytes32 key = desk.forwardKey(terms.retailer, terms.community, 1);
        int64[] memory volumes = new int64[](5);
        bytes memory mismatch = abi.encodeWithSelector(ISigned.TermsMismatch.selector, key);
        _notJoined(terms, membership, volumes, mismatch);
        _sign(_forward(1));
        _notJoined(terms, membership, volumes, mismatch);
        terms = _forward(1);
        _notJoined(terms, membership, volumes, mismatch);
        membership.terms = desk.termsHashOf(terms);
        _notJoined(
            terms,
            membership,
            volumes,
            abi.encodeWithSelector(ISigned.OfferExpired.selector, key, EPOCH, block.timestamp)
        );
        membership.expiry = uint64(block.timestamp);
        bytes memory badVolumes = abi.encodeWithSelector(IForwardContracts.BadVolumes.selector, key, meterOf[1]);
        _notJoined(terms, membership, volumes, badVolumes);
        volumes = _volumes(1);
        volumes[3] = int64(1) << 54;
        _notJoined(terms, membership, volumes, badVolumes);
        volumes[3] = -volumes[3];
        _notJoined(terms, membership, volumes, badVolumes);
        volumes[3] += 1;
        bytes memory stranger =
            abi.encodeWithSelector(IForwardContracts.NotOnRoster.selector, key, _person(1), meterOf[1]);
        _notJoined(terms, membership, volumes, stranger);
        volumes = _volumes(1);
        membership.meter = meterOf[2];
        _notJoined(
            terms,
            membership,
            volumes,
            abi.encodeWithSelector(IForwardContracts.NotOnRoster.selector, key, _person(1), meterOf[2])
        );
        membership.meter = meterOf[1];
        _notJoined(terms, membership, volumes, abi.encodeWithSelector(IForwardContracts.ZeroDeposit.selector));
        membership.maxDeposit = uint64(1) << 63;
        bytes memory badSignature = abi.encodeWithSelector(ISigned.BadSignature.selector, key, _person(1));
        _notJoined(terms, membership, volumes, badSignature);
        bytes32[] memory proof = _proof(1);
        bytes memory forged = _signature(2, desk.membershipDigest(membership));
        _expect(badSignature);
        desk.joinForward(terms, membership, volumes, proof, forged);
        bytes memory signature = _signature(1, desk.membershipDigest(membership));
        _expect(
            abi.encodeWithSelector(IForwardContracts.ForwardOverflow.selector, bytes32("maxDeposit"), uint64(1) << 63)
        );
        desk.joinForward(terms, membership, volumes, proof, signature);
        membership.maxDeposit = uint64(STAKE) + 1;
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IMarketAccount.InsufficientBalance.selector, _person(1), STAKE, STAKE + 1));
        desk.joinForward(terms, membership, volumes, proof, "");
        _join(terms, 1);
        membership.maxDeposit = 1;
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IForwardContracts.AlreadyMember.selector, key, meterOf[1]));
        desk.joinForward(terms, membership, volumes, proof, "");
    }

    /// @dev What the registry says undoes all.
    function test_TheRegistryDecidesWhoIsSupplied() public {
        ForwardTerms memory first = _forward(1);
        ForwardTerms memory second = _forward(2);
        second.boundaries[0] += 1;
        _sign(first);
        bytes32 key = _sign(second);
        _join(first, 1);
        (Membership memory membership, int64[] memory volumes) = (_membership(second, 1), _volumes(1));
        bytes32[] memory proof = _proof(1);
        // A member of two communities at once
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IMeterRegistry.SuppliedMeter.selector, meterOf[1], FIRST + 1, address(desk)));
        desk.joinForward(second, membership, volumes, proof, "");
        _true(_state(key, 1).member == address(0), "not a member");
        _equal(_balance(1), STAKE - MOST, "one deposit");
        // The owner's leave is needed
        (uint32 meter, Membership memory other) = (meterOf[2], _membership(second, 2));
        (volumes, proof) = (_volumes(2), _proof(2));
        VM.startPrank(_person(2));
        registry.allowMarket(meter, address(desk), false);
        _expect(abi.encodeWithSelector(IMeterRegistry.MarketNotAllowed.selector, meter, address(desk)));
        desk.joinForward(second, other, volumes, proof, "");
        registry.allowMarket(meter, address(desk), true);
        // And the start must lie beyond the horizon
        VM.warp(_startOf(FIRST + 1 - HORIZON));
        other.expiry = type(uint64).max;
        _expect(abi.encodeWithSelector(IMeterRegistry.SupplyTooSoon.selector, meter, FIRST + 1, _startOf(FIRST + 1)));
        desk.joinForward(second, other, volumes, proof, "");
        VM.warp(block.timestamp - 1);
        desk.joinForward(second, other, volumes, proof, "");
        VM.stopPrank();
    }

    // Pause

    function test_ThePauseStopsSigningAndJoiningAlone() public {
        (ForwardTerms memory terms,) = _running(1);
        ForwardTerms memory next = _forward(2);
        VM.prank(GUARDIAN);
        desk.pause();
        uint256 until = block.timestamp + PAUSE_LENGTH;
        bytes memory paused = abi.encodeWithSelector(IGuardedPause.PausedUntil.selector, until, block.timestamp);
        next.community = next.retailer;
        _refused(next, paused);
        Membership memory membership = _membership(terms, 1);
        membership.terms = 0;
        _notJoined(terms, membership, _volumes(1), paused);
        VM.prank(_person(COMMUNITY));
        desk.cancelForward(_person(RETAILER), 7);
        // Bills, exits, registers, closing and withdrawing go on through a second pause
        _post(1, 0, 10, 10);
        _post(1, 1, 20, 20);
        VM.warp(until + PAUSE_COOLDOWN);
        VM.prank(GUARDIAN);
        desk.pause();
        _billByContract(terms, 1, 0);
        for (uint256 n = 2; n <= 3; ++n) {
            for (uint16 period = 0; period < PERIODS; ++period) {
                _billByContract(terms, n, period);
            }
        }
        _billByContract(terms, 1, 1);
        _billByContract(terms, 1, 2);
        desk.closeForward(terms);
        uint256 all = _balance(RETAILER);
        VM.prank(_person(RETAILER));
        desk.withdraw(all);
    }

    /// @dev Terms with a fault of every kind, so that each test shows which of them is named first.
    function _broken() private view returns (ForwardTerms memory terms) {
        terms = _forward(1);
        terms.nonce = uint64(1) << 62;
        terms.boundaries = new uint32[](0);
        terms.blocks = new uint168[](0);
        (terms.expected[0], terms.expected[1]) = (0, 0);
        (terms.exitFee, terms.retailerDeposit) = (uint64(1) << 63, uint64(1) << 63);
        terms.decision = "a vote";
        terms.expiry = 0;
    }

    function _refused(ForwardTerms memory terms, bytes memory reason) private {
        bytes32 digest = desk.forwardDigest(terms);
        bytes memory retailers = _signature(RETAILER, digest);
        bytes memory communities = _signature(COMMUNITY, digest);
        _expect(reason);
        desk.signForward(terms, retailers, communities);
    }

    /// @dev A stranger calls, without a signature.
    function _notJoined(
        ForwardTerms memory terms,
        Membership memory membership,
        int64[] memory volumes,
        bytes memory reason
    ) private {
        bytes32[] memory proof = _proof(1);
        VM.prank(STRANGER);
        _expect(reason);
        desk.joinForward(terms, membership, volumes, proof, "");
    }

    /// @dev Written out from EIP-712, not taken from the contract.
    function _termsHash(ForwardTerms memory terms) private pure returns (bytes32) {
        bytes memory first = abi.encode(
            keccak256(
                "ForwardTerms(address retailer,address community,uint64 nonce,uint32[] boundaries,uint168[] blocks,"
                "bytes32 zone,uint64[] rates,int64[] expected,bytes32 roster,uint64 exitFee,uint64 retailerDeposit,"
                "bytes32 decision,uint64 expiry)"
            ),
            terms.retailer,
            terms.community,
            terms.nonce,
            keccak256(abi.encodePacked(terms.boundaries)),
            keccak256(abi.encodePacked(terms.blocks)),
            terms.zone,
            keccak256(abi.encodePacked(terms.rates))
        );
        bytes memory second = abi.encode(
            keccak256(abi.encodePacked(terms.expected)),
            terms.roster,
            terms.exitFee,
            terms.retailerDeposit,
            terms.decision,
            terms.expiry
        );
        return keccak256(abi.encodePacked(first, second));
    }
}
