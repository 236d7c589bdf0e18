// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Numbers here are small, and words short.
// forge-lint: disable-start(unsafe-typecast)

import {Bill, ForwardTerms, IForwardContracts, Membership} from "../../contracts/interfaces/IForwardContracts.sol";
import {IMarketAccount} from "../../contracts/interfaces/IMarketAccount.sol";
import {IMeterRegistry} from "../../contracts/interfaces/IMeterRegistry.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {ForwardStage} from "./support/ForwardStage.sol";
import {ForwardWallet} from "./support/ForwardWallet.sol";

/// @title Who is not a party, and what parties that are contracts may answer.
contract ForwardAttacksTest is ForwardStage {
    function setUp() public {
        _openDesk();
        _settle(3);
    }

    function test_TheConstructorRefusesNobody() public {
        _expect(abi.encodeWithSelector(IParameters.ZeroAddress.selector, bytes32("token")));
        _newForwards(address(0), address(registry), ELECTRICITY, GUARDIAN, 1, 1);
        _expect(abi.encodeWithSelector(IParameters.ZeroAddress.selector, bytes32("registry")));
        _newForwards(address(token), address(0), ELECTRICITY, GUARDIAN, 1, 1);
        _expect(abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("pauseCooldown"), 1));
        _newForwards(address(token), address(registry), ELECTRICITY, GUARDIAN, 2, 1);
    }

    /// @dev Under the 24,576 bytes that a chain takes.
    function test_ItFitsOnAChain() public view {
        VM.assertLe(address(desk).code.length, 24_576, "the desk");
        VM.assertLe(address(registry).code.length, 24_576, "the registry");
    }

    /// @dev A retailer that is a contract signs by what it answers, and by nothing else.
    function test_ARetailerThatIsAContract() public {
        ForwardWallet wallet = new ForwardWallet(desk);
        ForwardTerms memory terms = _forward(1);
        (terms.retailer, terms.retailerDeposit) = (address(wallet), 0);
        bytes32 key = desk.forwardKey(terms.retailer, terms.community, 1);
        bytes memory communities = _signature(COMMUNITY, desk.forwardDigest(terms));
        ForwardWallet.Mood[5] memory moods = [
            ForwardWallet.Mood.Refuses,
            ForwardWallet.Mood.Burns,
            ForwardWallet.Mood.Short,
            ForwardWallet.Mood.Reverts,
            ForwardWallet.Mood.Reenters
        ];
        for (uint256 i = 0; i < moods.length; ++i) {
            wallet.setMood(moods[i]);
            _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, address(wallet)));
            desk.signForward(terms, "any", communities);
        }
        wallet.setMood(ForwardWallet.Mood.Floods);
        VM.assertEq(desk.signForward(terms, "any", communities), key, "a long answer is read at its start");
    }

    /// @dev A member that is a contract joins by its answer; its own call needs none.
    function test_AMemberThatIsAContract() public {
        ForwardWallet wallet = new ForwardWallet(desk);
        ForwardTerms memory terms = _forward(1);
        bytes32 leaf = desk.memberLeaf(address(wallet), meterOf[1], keccak256(abi.encode(_volumes(1))));
        terms.roster = leaf; // a tree of one
        bytes32 key = _sign(terms);
        Membership memory membership = _membership(terms, 1);
        membership.member = address(wallet);
        int64[] memory volumes = _volumes(1);
        bytes32[] memory proof = new bytes32[](0);
        wallet.setMood(ForwardWallet.Mood.Refuses);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, address(wallet)));
        desk.joinForward(terms, membership, volumes, proof, "any");
        wallet.setMood(ForwardWallet.Mood.Agrees);
        _expect(abi.encodeWithSelector(IMarketAccount.InsufficientBalance.selector, address(wallet), 0, MOST));
        desk.joinForward(terms, membership, volumes, proof, "any");
        _stake(9, MOST);
        VM.prank(_person(9));
        desk.withdraw(MOST);
        VM.prank(_person(9));
        _true(token.transfer(address(wallet), MOST), "given");
        wallet.deposit(MOST);
        // It does not own the meter that the roster gives it
        _expect(abi.encodeWithSelector(IMeterRegistry.NotMeterOwner.selector, meterOf[1], address(wallet), _person(1)));
        desk.joinForward(terms, membership, volumes, proof, "any");
    }

    /// @dev Signatures of one contract, or of one deployment, are none of another.
    function test_SignaturesAreForOneContract() public {
        ForwardTerms memory terms = _forward(1);
        bytes32 digest = desk.forwardDigest(terms);
        bytes memory retailers = _signature(RETAILER, digest);
        bytes memory communities = _signature(COMMUNITY, digest);
        ForwardTerms memory other = _forward(2);
        bytes32 key = desk.forwardKey(other.retailer, other.community, 2);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, other.retailer));
        desk.signForward(other, retailers, communities);
        IForwardContracts twin = _newForwards(address(token), address(registry), ELECTRICITY, GUARDIAN, 1, 1);
        VM.expectPartialRevert(ISigned.BadSignature.selector);
        twin.signForward(terms, retailers, communities);
        // Nor are they each other's
        VM.expectPartialRevert(ISigned.BadSignature.selector);
        desk.signForward(terms, communities, retailers);
        desk.signForward(terms, retailers, communities);
    }

    /// @dev A membership names its contract: it does not make its member billable under another.
    function test_AMembershipIsForOneContract() public {
        ForwardTerms memory first = _forward(1);
        ForwardTerms memory second = _forward(2);
        second.rates[0] = 1_000_000;
        _sign(first);
        _consentsOnlyTo(first, second);
    }

    /// @dev A consent that was signed before anything stood is to those terms, whatever is recorded under their number.
    function test_AConsentIsToTermsAndNotToTheirNumber() public {
        ForwardTerms memory agreed = _forward(1);
        ForwardTerms memory recorded = _forward(1);
        recorded.rates[0] = 1_000_000;
        recorded.exitFee = agreed.exitFee + 1;
        _consentsOnlyTo(agreed, recorded);
    }

    /// @dev What was published is what is billed: neither more volumes, nor others, nor another period's.
    function test_VolumesThatWereNotPublished() public {
        (ForwardTerms memory terms, bytes32 key) = _running(1);
        _warpPast(1);
        Bill memory bill = _billOf(1, 0, true);
        bill.volumes[0] += 1;
        bytes memory bad = abi.encodeWithSelector(IForwardContracts.BadVolumes.selector, key, meterOf[1]);
        _expect(bad);
        desk.billMember(terms, bill);
        bill.volumes = new int64[](0);
        _expect(bad);
        desk.billMember(terms, bill);
    }

    /// @dev Registers of other hours than the contract's bill nothing.
    function test_RegistersOfAnotherSchedule() public {
        ForwardTerms memory terms = _forward(1);
        VM.assertEq(desk.scheduleOf(terms.blocks, terms.zone), _schedule(), "as the meters name it");
        terms.zone = "Europe/Lisbon";
        bytes32 key = _sign(terms);
        _join(terms, 1);
        _post(1, 0, 0, 0);
        _post(1, 1, 50, 0);
        Bill memory bill = _billOf(1, 0, false);
        VM.expectPartialRevert(IForwardContracts.PeriodNotFinal.selector);
        desk.billMember(terms, bill);
        _warpPast(1);
        _expect(abi.encodeWithSelector(IForwardContracts.BadVolumes.selector, key, meterOf[1]));
        desk.billMember(terms, bill);
        _billByContract(terms, 1, 0);
        _true(!_state(key, 1).based, "no register of its hours was seen");
    }

    /// @dev Person 1 consents to `agreed`; then `other` is recorded, which that makes nobody a member of.
    function _consentsOnlyTo(ForwardTerms memory agreed, ForwardTerms memory other) private {
        Membership memory membership = _membership(agreed, 1);
        bytes memory signature = _signature(1, desk.membershipDigest(membership));
        bytes32 key = _sign(other);
        (int64[] memory volumes, bytes32[] memory proof) = (_volumes(1), _proof(1));
        _expect(abi.encodeWithSelector(ISigned.TermsMismatch.selector, key));
        desk.joinForward(other, membership, volumes, proof, signature);
        membership.terms = desk.termsHashOf(other);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, _person(1)));
        desk.joinForward(other, membership, volumes, proof, signature);
    }
}
