// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {
    ForwardStatus,
    ForwardTerms,
    IForwardContracts,
    MemberState,
    Membership
} from "../interfaces/IForwardContracts.sol";
import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {DealKey} from "../libraries/DealKey.sol";
import {ForwardHash} from "../libraries/ForwardHash.sol";
import {AccountedSlot, ForwardState, ForwardStateLib, MemberSlot, MemberSlotLib} from "../libraries/ForwardSlot.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {Balances} from "../shared/Balances.sol";
import {GuardedPause} from "../shared/GuardedPause.sol";
import {MarketTime} from "../shared/MarketTime.sol";
import {BallotBox} from "./BallotBox.sol";

/// @title Forward contracts: signed by both sides, joined by each member for itself.
abstract contract ForwardBook is IForwardContracts, GuardedPause, Balances, MarketTime, BallotBox {
    /// @dev Two slots: what changes, and the EIP-712 struct hash of the terms, whole.
    struct ForwardBox {
        ForwardState state;
        bytes32 termsHash;
    }

    /// @dev Three slots; a bill by difference reads and writes the first two.
    struct MemberBox {
        MemberSlot slot;
        AccountedSlot accounted;
        bytes32 volumesHash;
    }

    /// @dev Every hour of a week.
    uint168 private constant WEEK = type(uint168).max;
    uint256 private constant MOST_BOUNDARIES = 64;
    uint256 private constant MOST_BLOCKS = 4;
    uint256 private constant RATE_END = 1 << 40;
    uint256 private constant AMOUNT_END = 1 << 63;
    /// @dev 63 periods of less than this each, and a register, stay below 2**61 in magnitude.
    int64 private constant VOLUME_END = 1 << 54;

    /// @dev A status never falls; terms never change.
    mapping(bytes32 key => ForwardBox) internal _forwards;
    mapping(bytes32 key => mapping(uint32 meter => MemberBox)) internal _members;

    /// @inheritdoc IForwardContracts
    function signForward(
        ForwardTerms calldata terms,
        bytes calldata retailerSignature,
        bytes calldata communitySignature
    ) external whenNotPaused returns (bytes32 key) {
        // Check
        _requireSound(terms);
        key = _keyOf(terms);
        if (block.timestamp > terms.expiry) revert OfferExpired(key, terms.expiry, block.timestamp);
        _requireGateOpen(terms.boundaries[0]);
        bytes32 termsHash = ForwardHash.ofTerms(terms);
        bytes32 digest = _hashTypedDataV4(termsHash);
        if (!Signatures.byAnyone(terms.retailer, digest, retailerSignature)) revert BadSignature(key, terms.retailer);
        if (!Signatures.byAnyone(terms.community, digest, communitySignature)) {
            revert BadSignature(key, terms.community);
        }
        if (terms.decision != 0) _requireDecided(terms.decision, terms.community, ForwardHash.ofTariff(terms));

        // Effect
        _debit(terms.retailer, terms.retailerDeposit);
        ForwardBox storage box = _requireUnused(key);
        box.state = ForwardStateLib.signed(terms.retailerDeposit);
        box.termsHash = termsHash;

        emit ForwardSigned(key, terms.retailer, terms.community, terms, retailerSignature, communitySignature);
    }

    /// @inheritdoc IForwardContracts
    function cancelForward(address counterpart, uint64 nonce) external {
        // Check
        if (counterpart == msg.sender) revert SelfForward(msg.sender);
        if (nonce >= DealKey.PROVIDER) revert NonceOutOfRange(nonce);
        bytes32 key = forwardKey(msg.sender, counterpart, nonce);
        ForwardBox storage box = _requireUnused(key);

        // Effect
        box.state = box.state.withStatus(ForwardStatus.Cancelled);

        emit ForwardCancelled(key, msg.sender);
    }

    /// @inheritdoc IForwardContracts
    function joinForward(
        ForwardTerms calldata terms,
        Membership calldata membership,
        int64[] calldata volumes,
        bytes32[] calldata proof,
        bytes calldata signature
    ) external whenNotPaused {
        // Check
        bytes32 key = _keyOf(terms);
        if (membership.terms != _forwards[key].termsHash) revert TermsMismatch(key);
        ForwardBox storage box = _requireSigned(key, terms);
        if (block.timestamp > membership.expiry) revert OfferExpired(key, membership.expiry, block.timestamp);
        bytes32 volumesHash = _requireVolumes(key, terms, membership.meter, volumes);
        bytes32 leaf = ForwardHash.ofMember(membership.member, membership.meter, volumesHash);
        if (!MerkleProof.verifyCalldata(proof, terms.roster, leaf)) {
            revert NotOnRoster(key, membership.member, membership.meter);
        }
        if (membership.maxDeposit == 0) revert ZeroDeposit();
        if (!_consents(membership, signature)) revert BadSignature(key, membership.member);
        if (membership.maxDeposit >= AMOUNT_END) revert ForwardOverflow("maxDeposit", membership.maxDeposit);

        // Effect
        _debit(membership.member, membership.maxDeposit);
        MemberBox storage member = _members[key][membership.meter];
        if (member.slot.account() != address(0)) revert AlreadyMember(key, membership.meter);
        member.slot = MemberSlotLib.pack(membership.member, membership.maxDeposit, terms.boundaries.length - 1);
        member.volumesHash = volumesHash;
        box.state = box.state.withMember();

        emit MemberJoined(key, membership.meter, membership, volumes, signature);

        // Interaction: the registry is the market's own and calls nobody
        IMeterRegistry(REGISTRY)
            .supply(
                membership.meter,
                membership.member,
                UTILITY,
                terms.boundaries[0],
                terms.boundaries[terms.boundaries.length - 1]
            );
    }

    /// @inheritdoc IForwardContracts
    function forwardSlot(bytes32 key)
        external
        view
        returns (ForwardStatus status, uint32 openMembers, uint64 retailerDeposit, bytes32 termsHash)
    {
        ForwardState state = _forwards[key].state;
        return (state.status(), state.openMembers(), state.retailerDeposit(), _forwards[key].termsHash);
    }

    /// @inheritdoc IForwardContracts
    function memberState(bytes32 key, uint32 meter) external view returns (MemberState memory) {
        MemberBox storage box = _members[key][meter];
        MemberSlot slot = box.slot;
        return MemberState({
            member: slot.account(),
            deposit: slot.deposit(),
            billed: slot.billed(),
            last: slot.last(),
            based: slot.based(),
            exited: slot.exited(),
            accounted: box.accounted.values(),
            volumesHash: box.volumesHash
        });
    }

    /// @inheritdoc IForwardContracts
    function forwardKey(address a, address b, uint64 nonce) public view returns (bytes32) {
        return DealKey.base(CHAIN, a, b, nonce);
    }

    /// @inheritdoc IForwardContracts
    function forwardDigest(ForwardTerms calldata terms) external view returns (bytes32) {
        return _hashTypedDataV4(ForwardHash.ofTerms(terms));
    }

    /// @inheritdoc IForwardContracts
    function termsHashOf(ForwardTerms calldata terms) external pure returns (bytes32) {
        return ForwardHash.ofTerms(terms);
    }

    /// @inheritdoc IForwardContracts
    function membershipDigest(Membership calldata membership) public view returns (bytes32) {
        return _hashTypedDataV4(ForwardHash.ofMembership(membership));
    }

    /// @inheritdoc IForwardContracts
    function memberLeaf(address member, uint32 meter, bytes32 volumesHash) external pure returns (bytes32) {
        return ForwardHash.ofMember(member, meter, volumesHash);
    }

    /// @inheritdoc IForwardContracts
    function scheduleOf(uint168[] calldata blocks, bytes32 zone) external pure returns (bytes32) {
        return ForwardHash.ofSchedule(blocks, zone);
    }

    /// @inheritdoc IForwardContracts
    function tariffHash(ForwardTerms calldata terms) external pure returns (bytes32) {
        return ForwardHash.ofTariff(terms);
    }

    function _keyOf(ForwardTerms calldata terms) internal view returns (bytes32) {
        return DealKey.base(CHAIN, terms.retailer, terms.community, terms.nonce);
    }

    /// @dev Exactly these terms must be signed, and not closed.
    function _requireSigned(bytes32 key, ForwardTerms calldata terms) internal view returns (ForwardBox storage box) {
        box = _forwards[key];
        if (box.termsHash != ForwardHash.ofTerms(terms)) revert TermsMismatch(key);
        ForwardStatus status = box.state.status();
        if (status != ForwardStatus.Signed) revert WrongForwardStatus(key, status, ForwardStatus.Signed);
    }

    function _requireUnused(bytes32 key) private view returns (ForwardBox storage box) {
        box = _forwards[key];
        ForwardStatus status = box.state.status();
        if (status != ForwardStatus.None) revert ForwardKeyUsed(key, status);
    }

    /// @dev By its own call, or by its signature.
    function _consents(Membership calldata membership, bytes calldata signature) private view returns (bool) {
        if (signature.length == 0) return msg.sender == membership.member;
        return Signatures.byAnyone(membership.member, membershipDigest(membership), signature);
    }

    /// @dev As many volumes as the contract asks for, none too large to be added up.
    function _requireVolumes(bytes32 key, ForwardTerms calldata terms, uint32 meter, int64[] calldata volumes)
        private
        pure
        returns (bytes32)
    {
        if (volumes.length != (terms.boundaries.length - 1) * terms.blocks.length) {
            revert BadVolumes(key, meter);
        }
        for (uint256 i = 0; i < volumes.length; ++i) {
            if (volumes[i] >= VOLUME_END || volumes[i] <= -VOLUME_END) revert BadVolumes(key, meter);
        }
        return keccak256(abi.encode(volumes));
    }

    /// @dev All that can be said of terms by themselves.
    function _requireSound(ForwardTerms calldata terms) private pure {
        if (terms.retailer == terms.community) revert SelfForward(terms.retailer);
        if (terms.nonce >= DealKey.PROVIDER) revert NonceOutOfRange(terms.nonce);
        uint256 length = terms.boundaries.length;
        if (length < 2 || length > MOST_BOUNDARIES) revert BadBoundaries(length);
        for (uint256 i = 1; i < length; ++i) {
            if (terms.boundaries[i] <= terms.boundaries[i - 1]) revert BadBoundaries(i);
        }
        _requireTariff(terms.blocks, terms.rates, terms.expected);
        if (terms.exitFee >= AMOUNT_END) revert ForwardOverflow("exitFee", terms.exitFee);
        if (terms.retailerDeposit >= AMOUNT_END) revert ForwardOverflow("retailerDeposit", terms.retailerDeposit);
    }

    /// @dev Every hour of the week has exactly one rate, and something is expected.
    function _requireTariff(uint168[] calldata blocks, uint64[] calldata rates, int64[] calldata expected)
        private
        pure
    {
        uint256 count = blocks.length;
        if (count == 0 || count > MOST_BLOCKS || rates.length != count || expected.length != count) {
            revert BadBlocks(count, rates.length, expected.length);
        }
        for (uint256 i = 0; i < count; ++i) {
            if (rates[i] >= RATE_END) revert RateOverflow(i, rates[i]);
        }
        uint168 hoursSeen = 0;
        bool empty = true;
        for (uint256 i = 0; i < count; ++i) {
            uint168 twice = hoursSeen & blocks[i];
            if (twice != 0) revert OverlappingBlocks(i, twice);
            hoursSeen |= blocks[i];
            if (expected[i] != 0) empty = false;
        }
        if (hoursSeen != WEEK) revert MissingHours(WEEK & ~hoursSeen);
        if (empty) revert ZeroVolume();
    }
}
