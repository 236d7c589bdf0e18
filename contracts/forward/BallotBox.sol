// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {ICommunityBallots, VoteStatus} from "../interfaces/ICommunityBallots.sol";
import {SortedTree} from "../libraries/SortedTree.sol";

/// @title Votes of communities: a roster, its members' own leaves, and all leaves published with a result.
abstract contract BallotBox is ICommunityBallots, EIP712 {
    /// @dev Four slots, of which opening writes two and publishing the others.
    struct Vote {
        address community; // slot 0, bits 0..159; zero: no such vote
        uint16 members; // bits 160..175
        uint40 close; // bits 176..215
        uint40 deadline; // bits 216..255
        bytes32 rosterRoot; // slot 1
        bytes32 root; // slot 2; zero until it is published
        bytes32 result; // slot 3
    }

    bytes32 private constant BALLOTS_TYPEHASH =
        keccak256("Ballots(bytes32 vote,uint32 index,bytes32 votes,bytes32 salt)");
    uint256 private constant MOST_MEMBERS = type(uint16).max;

    /// @dev Of the deployment; part of every key.
    uint256 internal immutable CHAIN = block.chainid;

    mapping(bytes32 key => Vote) private _votes;
    /// @dev Leaves that members posted themselves.
    mapping(bytes32 key => mapping(uint256 index => bytes32)) private _leaves;
    /// @dev Which there are: bit i of word w stands for index 256w + i.
    mapping(bytes32 key => mapping(uint256 word => uint256)) private _posted;

    constructor() EIP712("Wattpact", "1") {}

    /// @inheritdoc ICommunityBallots
    function openVote(uint64 nonce, address[] calldata roster, uint64 close, uint64 deadline)
        external
        returns (bytes32 key)
    {
        // Check
        if (roster.length == 0) revert EmptyRoster();
        if (block.timestamp >= close || close >= deadline || deadline > type(uint40).max) {
            revert BadTimes(close, deadline, block.timestamp);
        }
        key = voteKey(msg.sender, nonce);
        Vote storage vote = _votes[key];
        if (vote.community != address(0)) revert VoteExists(key);
        bytes32[] memory nodes = new bytes32[](roster.length);
        address before = address(0);
        for (uint256 i = 0; i < roster.length; ++i) {
            address member = roster[i];
            if (member <= before || i == MOST_MEMBERS) revert BadRoster(i, member);
            nodes[i] = SortedTree.nodeOf(i, _contentOf(member));
            before = member;
        }

        // Effect
        vote.community = msg.sender;
        // forge-lint: disable-start(unsafe-typecast)
        vote.members = uint16(roster.length);
        vote.close = uint40(close);
        vote.deadline = uint40(deadline);
        // forge-lint: disable-end(unsafe-typecast)
        vote.rosterRoot = SortedTree.rootOf(nodes);

        emit VoteOpened(key, msg.sender, roster, close, deadline);
    }

    /// @inheritdoc ICommunityBallots
    function postLeaf(bytes32 key, uint32 index, bytes32 leaf, bytes32[] calldata proof) external {
        // Check
        Vote storage vote = _requireVote(key);
        if (block.timestamp > vote.close) revert VoteClosed(key, vote.close, block.timestamp);
        bytes32 node = SortedTree.nodeOf(index, _contentOf(msg.sender));
        if (!MerkleProof.verifyCalldata(proof, vote.rosterRoot, node)) revert NotAVoter(key, index, msg.sender);
        if (leaf == 0) revert ZeroLeaf(key, index);
        if (_leaves[key][index] != 0) revert LeafExists(key, index);

        // Effect
        _leaves[key][index] = leaf;
        _posted[key][index / 256] |= uint256(1) << (index % 256);

        emit LeafPosted(key, index, msg.sender, leaf);
    }

    /// @inheritdoc ICommunityBallots
    function publishVote(bytes32 key, bytes32[] calldata leaves, bytes32 result) external returns (bytes32 root) {
        // Check
        Vote storage vote = _requireVote(key);
        if (msg.sender != vote.community) revert NotTheCommunity(key, msg.sender, vote.community);
        if (block.timestamp <= vote.close) revert VoteStillOpen(key, vote.close, block.timestamp);
        if (block.timestamp > vote.deadline) revert VoteVoid(key, vote.deadline, block.timestamp);
        if (vote.root != 0) revert VoteIsPublished(key);
        if (leaves.length != vote.members) revert WrongLeafCount(key, leaves.length, vote.members);
        bytes32[] memory nodes = new bytes32[](leaves.length);
        uint256 posted = 0;
        for (uint256 i = 0; i < leaves.length; ++i) {
            if (i % 256 == 0) posted = _posted[key][i / 256];
            if ((posted >> (i % 256)) & 1 != 0 && _leaves[key][i] != leaves[i]) {
                // forge-lint: disable-next-line(unsafe-typecast)
                revert LeafMissing(key, uint32(i), _leaves[key][i]);
            }
            nodes[i] = SortedTree.nodeOf(i, leaves[i]);
        }
        root = SortedTree.rootOf(nodes);

        // Effect
        vote.root = root;
        vote.result = result;

        emit VotePublished(key, result, root, leaves);
    }

    /// @inheritdoc ICommunityBallots
    function voteOf(bytes32 key)
        external
        view
        returns (
            VoteStatus status,
            address community,
            uint32 members,
            uint64 close,
            uint64 deadline,
            bytes32 rosterRoot,
            bytes32 root,
            bytes32 result
        )
    {
        Vote storage vote = _votes[key];
        status = _statusOf(vote);
        (community, members, close, deadline) = (vote.community, vote.members, vote.close, vote.deadline);
        (rosterRoot, root, result) = (vote.rosterRoot, vote.root, vote.result);
    }

    /// @inheritdoc ICommunityBallots
    function voteKey(address community, uint64 nonce) public view returns (bytes32) {
        return keccak256(abi.encode(CHAIN, address(this), community, nonce));
    }

    /// @inheritdoc ICommunityBallots
    function isIncluded(bytes32 key, uint32 index, bytes32 leaf, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        bytes32 root = _votes[key].root;
        return root != 0 && MerkleProof.verifyCalldata(proof, root, SortedTree.nodeOf(index, leaf));
    }

    /// @inheritdoc ICommunityBallots
    function nodeOf(uint32 index, bytes32 content) external pure returns (bytes32) {
        return SortedTree.nodeOf(index, content);
    }

    /// @inheritdoc ICommunityBallots
    function ballotDigest(bytes32 key, uint32 index, bytes32 votes, bytes32 salt) external view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(BALLOTS_TYPEHASH, key, index, votes, salt)));
    }

    /// @inheritdoc ICommunityBallots
    function leafOf(bytes32 digest, bytes calldata signature) external pure returns (bytes32) {
        return keccak256(abi.encodePacked(digest, signature));
    }

    /// @dev A published vote of this community must have decided on exactly `expected`.
    function _requireDecided(bytes32 key, address community, bytes32 expected) internal view {
        Vote storage vote = _votes[key];
        VoteStatus status = _statusOf(vote);
        bool decided = status == VoteStatus.Published && vote.community == community && vote.result == expected;
        if (!decided) revert NotDecided(key, status, vote.result, expected);
    }

    function _requireVote(bytes32 key) private view returns (Vote storage vote) {
        vote = _votes[key];
        if (vote.community == address(0)) revert UnknownVote(key);
    }

    function _statusOf(Vote storage vote) private view returns (VoteStatus) {
        if (vote.community == address(0)) return VoteStatus.None;
        if (vote.root != 0) return VoteStatus.Published;
        return block.timestamp > vote.deadline ? VoteStatus.Void : VoteStatus.Open;
    }

    /// @dev What stands at a member's place of the roster.
    function _contentOf(address member) private pure returns (bytes32) {
        return bytes32(uint256(uint160(member)));
    }
}
