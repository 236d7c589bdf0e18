// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

enum VoteStatus {
    None,
    Open,
    Published,
    Void
}

/// @title Ballots of a community: who votes is fixed first, what was voted is committed to, and the count can be
/// checked.
/// @notice A vote is one negotiation of a community's. Its roster and the order of it are fixed on chain before it
/// begins. Each member gives the mediator its signed, salted ballots of all rounds; leaf i is the hash of member i's
/// (`leafOf`), zero where it gave none. Between the close and the deadline the community's account publishes all leaves
/// and the result; without that, the vote is void, and no contract can be signed on it. A member that does not trust
/// the mediator posts its own leaf before the close, and it must then appear. A vote's key is
/// keccak256(abi.encode(chain id at deployment, this, community, nonce)).
///
/// What this shows and what it does not. A member proves with its ballot and a branch of the tree that it was counted
/// in. Whoever is given the opened ballots can count again, and refute a wrong result; from the chain alone nobody sees
/// a vote. What opening reveals is in docs/trust.md.
///
/// Trust assumptions: the mediator sees votes and authors. It can leave out who did not post a leaf, and it can let the
/// vote lapse; it can neither invent a member's signature nor publish twice.
///
/// Trees. What stands at an index is a node (`nodeOf`); a pair of nodes is hashed in ascending order (OpenZeppelin's
/// `MerkleProof`), level by level; an odd last node goes up unchanged. In the tree of the roster the content is the
/// member's address, as bytes32(uint256(uint160(member))); in the tree of a vote it is the leaf, zero ones included.
interface ICommunityBallots {
    event VoteOpened(bytes32 indexed key, address indexed community, address[] roster, uint64 close, uint64 deadline);
    event LeafPosted(bytes32 indexed key, uint32 indexed index, address indexed member, bytes32 leaf);
    event VotePublished(bytes32 indexed key, bytes32 indexed result, bytes32 root, bytes32[] leaves);

    error EmptyRoster();
    /// @dev A member stands on the roster twice or not in order, is nobody, or is one too many.
    error BadRoster(uint256 index, address member);
    error BadTimes(uint64 close, uint64 deadline, uint256 time);
    error VoteExists(bytes32 key);
    error UnknownVote(bytes32 key);
    error NotTheCommunity(bytes32 key, address caller, address community);
    error NotAVoter(bytes32 key, uint32 index, address caller);
    error ZeroLeaf(bytes32 key, uint32 index);
    error LeafExists(bytes32 key, uint32 index);
    error VoteClosed(bytes32 key, uint256 close, uint256 time);
    error VoteStillOpen(bytes32 key, uint256 close, uint256 time);
    error VoteVoid(bytes32 key, uint256 deadline, uint256 time);
    error VoteIsPublished(bytes32 key);
    error WrongLeafCount(bytes32 key, uint256 leaves, uint256 roster);
    /// @dev A leaf that its member posted itself does not stand in its place.
    error LeafMissing(bytes32 key, uint32 index, bytes32 expected);
    /// @dev No published vote of this community has decided on exactly this tariff.
    error NotDecided(bytes32 key, VoteStatus status, bytes32 result, bytes32 expected);

    /// @notice The caller, as a community, fixes who votes: at most 65,535 members in ascending order of their
    /// addresses. Refusals in this order: EmptyRoster; BadTimes (now < close < deadline < 2**40); VoteExists;
    /// BadRoster.
    function openVote(uint64 nonce, address[] calldata roster, uint64 close, uint64 deadline)
        external
        returns (bytes32 key);
    /// @notice A member posts its own leaf until the close, that second included. `proof` shows the caller's place
    /// under the roster's root. Refusals in this order: UnknownVote; VoteClosed; NotAVoter; ZeroLeaf; LeafExists.
    function postLeaf(bytes32 key, uint32 index, bytes32 leaf, bytes32[] calldata proof) external;
    /// @notice All leaves and the result (zero: nothing was agreed on), after the close and until the deadline, that
    /// second included. Of several missing leaves the first is named. Refusals in this order: UnknownVote;
    /// NotTheCommunity; VoteStillOpen; VoteVoid; VoteIsPublished; WrongLeafCount; LeafMissing.
    function publishVote(bytes32 key, bytes32[] calldata leaves, bytes32 result) external returns (bytes32 root);

    /// @notice Open until it is published, or void once the deadline has passed.
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
        );
    function voteKey(address community, uint64 nonce) external view returns (bytes32);
    /// @notice Whether `leaf` stands at `index` among the published leaves.
    function isIncluded(bytes32 key, uint32 index, bytes32 leaf, bytes32[] calldata proof) external view returns (bool);
    /// @notice Node of a tree for what stands at `index`:
    /// keccak256(bytes.concat(keccak256(abi.encode(index, content)))).
    function nodeOf(uint32 index, bytes32 content) external pure returns (bytes32);
    /// @notice EIP-712 digest of `Ballots(bytes32 vote,uint32 index,bytes32 votes,bytes32 salt)`, which a member signs;
    /// `votes` is the hash of all that it proposed and voted, round by round.
    function ballotDigest(bytes32 key, uint32 index, bytes32 votes, bytes32 salt) external view returns (bytes32);
    /// @notice keccak256(abi.encodePacked(digest, signature)) of a member's ballots.
    function leafOf(bytes32 digest, bytes calldata signature) external pure returns (bytes32);
}
