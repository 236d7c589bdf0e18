// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Numbers of people and places are small.
// forge-lint: disable-start(unsafe-typecast)

import {ICommunityBallots, VoteStatus} from "../../contracts/interfaces/ICommunityBallots.sol";
import {ForwardTerms} from "../../contracts/interfaces/IForwardContracts.sol";
import {ForwardStage} from "./support/ForwardStage.sol";
import {Tree} from "./support/Tree.sol";

/// @title Votes: a roster, leaves that must appear, all leaves with a result; and contracts that need one.
contract BallotsTest is ForwardStage {
    uint64 private constant CLOSE = EPOCH + 1_000;
    uint64 private constant DEADLINE = EPOCH + 2_000;
    bytes32 private constant RESULT = keccak256("a tariff");

    function setUp() public {
        _openDesk();
        _settle(1);
    }

    function test_OpeningFixesWhoVotes() public {
        address[] memory roster = _voters(5);
        bytes32 key = _voteKey(7);
        VM.expectEmit(address(desk));
        emit ICommunityBallots.VoteOpened(key, _person(COMMUNITY), roster, CLOSE, DEADLINE);
        VM.assertEq(_open(7, roster), key, "its key");
        (VoteStatus status, address community, uint32 members, uint64 close, uint64 deadline, bytes32 root,,) =
            desk.voteOf(key);
        _true(status == VoteStatus.Open && community == _person(COMMUNITY) && members == 5, "open");
        _true(close == CLOSE && deadline == DEADLINE, "times");
        VM.assertEq(root, Tree.root(_rosterNodes(roster)), "the roster's root");
    }

    function test_RefusalsOfOpeningInTheirOrder() public {
        address[] memory roster = new address[](0);
        VM.startPrank(_person(COMMUNITY));
        _expect(abi.encodeWithSelector(ICommunityBallots.EmptyRoster.selector));
        desk.openVote(1, roster, 0, 0);
        roster = new address[](2);
        uint64 time = uint64(block.timestamp);
        _expect(_badTimes(time, DEADLINE));
        desk.openVote(1, roster, time, DEADLINE);
        _expect(_badTimes(CLOSE, CLOSE));
        desk.openVote(1, roster, CLOSE, CLOSE);
        _expect(_badTimes(CLOSE, uint64(1) << 40));
        desk.openVote(1, roster, CLOSE, uint64(1) << 40);
        _expect(abi.encodeWithSelector(ICommunityBallots.BadRoster.selector, 0, address(0)));
        desk.openVote(1, roster, time + 1, (uint64(1) << 40) - 1);
        (roster[0], roster[1]) = (address(7), address(7));
        _expect(abi.encodeWithSelector(ICommunityBallots.BadRoster.selector, 1, address(7)));
        desk.openVote(1, roster, CLOSE, DEADLINE);
        roster[1] = address(6);
        _expect(abi.encodeWithSelector(ICommunityBallots.BadRoster.selector, 1, address(6)));
        desk.openVote(1, roster, CLOSE, DEADLINE);
        roster[1] = address(8);
        bytes32 key = desk.openVote(1, roster, CLOSE, DEADLINE);
        roster[1] = address(0);
        _expect(abi.encodeWithSelector(ICommunityBallots.VoteExists.selector, key));
        desk.openVote(1, roster, CLOSE, DEADLINE);
        VM.stopPrank();
        VM.prank(STRANGER);
        roster[1] = address(8);
        desk.openVote(1, roster, CLOSE, DEADLINE); // another community's number
    }

    function test_AMemberPostsItsOwnLeaf() public {
        (bytes32 key, address[] memory roster) = _opened(5);
        bytes32[] memory nodes = _rosterNodes(roster);
        bytes32[] memory proof = Tree.branch(nodes, 4);
        _expect(abi.encodeWithSelector(ICommunityBallots.UnknownVote.selector, bytes32(0)));
        desk.postLeaf(0, 4, 0, proof);
        _expect(abi.encodeWithSelector(ICommunityBallots.NotAVoter.selector, key, uint32(4), address(this)));
        desk.postLeaf(key, 4, 0, proof);
        VM.startPrank(roster[4]);
        _expect(abi.encodeWithSelector(ICommunityBallots.NotAVoter.selector, key, uint32(3), roster[4]));
        desk.postLeaf(key, 3, 0, proof);
        _expect(abi.encodeWithSelector(ICommunityBallots.ZeroLeaf.selector, key, uint32(4)));
        desk.postLeaf(key, 4, 0, proof);
        VM.warp(CLOSE);
        VM.expectEmit(address(desk));
        emit ICommunityBallots.LeafPosted(key, 4, roster[4], "leaf");
        desk.postLeaf(key, 4, "leaf", proof);
        _expect(abi.encodeWithSelector(ICommunityBallots.LeafExists.selector, key, uint32(4)));
        desk.postLeaf(key, 4, "other", proof);
        VM.stopPrank();
        VM.warp(CLOSE + 1);
        _expect(abi.encodeWithSelector(ICommunityBallots.VoteClosed.selector, key, uint256(CLOSE), block.timestamp));
        desk.postLeaf(key, 9, 0, proof);
    }

    function test_RefusalsOfPublishingInTheirOrder() public {
        (bytes32 key, address[] memory roster) = _opened(3);
        VM.prank(roster[1]);
        desk.postLeaf(key, 1, "leaf", Tree.branch(_rosterNodes(roster), 1));
        bytes32[] memory leaves = new bytes32[](2);
        _expect(abi.encodeWithSelector(ICommunityBallots.UnknownVote.selector, bytes32(0)));
        desk.publishVote(0, leaves, 0);
        _expect(
            abi.encodeWithSelector(ICommunityBallots.NotTheCommunity.selector, key, address(this), _person(COMMUNITY))
        );
        desk.publishVote(key, leaves, 0);
        VM.startPrank(_person(COMMUNITY));
        VM.warp(CLOSE);
        _expect(abi.encodeWithSelector(ICommunityBallots.VoteStillOpen.selector, key, uint256(CLOSE), uint256(CLOSE)));
        desk.publishVote(key, leaves, 0);
        VM.warp(CLOSE + 1);
        _expect(abi.encodeWithSelector(ICommunityBallots.WrongLeafCount.selector, key, 2, 3));
        desk.publishVote(key, leaves, 0);
        leaves = new bytes32[](3);
        _expect(abi.encodeWithSelector(ICommunityBallots.LeafMissing.selector, key, uint32(1), bytes32("leaf")));
        desk.publishVote(key, leaves, 0);
        leaves[0] = "leaf";
        _expect(abi.encodeWithSelector(ICommunityBallots.LeafMissing.selector, key, uint32(1), bytes32("leaf")));
        desk.publishVote(key, leaves, 0);
        leaves[1] = "leaf";
        VM.warp(DEADLINE + 1);
        _true(_status(key) == VoteStatus.Void, "void");
        _expect(abi.encodeWithSelector(ICommunityBallots.VoteVoid.selector, key, uint256(DEADLINE), block.timestamp));
        desk.publishVote(key, leaves, 0);
        VM.warp(DEADLINE);
        _true(_status(key) == VoteStatus.Open, "open to its last second");
        VM.expectEmit(address(desk));
        emit ICommunityBallots.VotePublished(key, RESULT, Tree.root(_nodes(leaves)), leaves);
        desk.publishVote(key, leaves, RESULT);
        _expect(abi.encodeWithSelector(ICommunityBallots.VoteIsPublished.selector, key));
        desk.publishVote(key, new bytes32[](0), 0);
        VM.stopPrank();
        (VoteStatus status,,,,,, bytes32 root, bytes32 result) = desk.voteOf(key);
        _true(status == VoteStatus.Published && result == RESULT, "published");
        VM.assertEq(root, Tree.root(_nodes(leaves)), "the root of all leaves");
    }

    /// @dev Leaves beyond the first word of those posted are held to as well.
    function test_AManyMemberedVote() public {
        (bytes32 key, address[] memory roster) = _opened(700);
        bytes32[] memory nodes = _rosterNodes(roster);
        uint32[3] memory own = [uint32(255), 256, 699];
        for (uint256 i = 0; i < own.length; ++i) {
            bytes32[] memory proof = Tree.branch(nodes, own[i]);
            VM.prank(roster[own[i]]);
            desk.postLeaf(key, own[i], bytes32(uint256(own[i])), proof);
        }
        VM.warp(CLOSE + 1);
        bytes32[] memory leaves = new bytes32[](700);
        for (uint256 i = 0; i < own.length; ++i) {
            VM.prank(_person(COMMUNITY));
            _expect(
                abi.encodeWithSelector(ICommunityBallots.LeafMissing.selector, key, own[i], bytes32(uint256(own[i])))
            );
            desk.publishVote(key, leaves, RESULT);
            leaves[own[i]] = bytes32(uint256(own[i]));
        }
        VM.prank(_person(COMMUNITY));
        VM.assertEq(desk.publishVote(key, leaves, RESULT), Tree.root(_nodes(leaves)), "the root");
    }

    /// @dev Every leaf is shown to be where it is, and nowhere else; of any number of them.
    function testFuzz_Inclusion(uint256 seed) public {
        uint256 count = _bound(seed, 1, 40);
        (bytes32 key,) = _opened(count);
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = i % 3 == 1 ? bytes32(0) : keccak256(abi.encode(seed, i));
        }
        bytes32[] memory nodes = _nodes(leaves);
        _true(!desk.isIncluded(key, 0, leaves[0], Tree.branch(nodes, 0)), "not before it is published");
        VM.warp(CLOSE + 1);
        VM.prank(_person(COMMUNITY));
        desk.publishVote(key, leaves, 0);
        for (uint32 i = 0; i < count; ++i) {
            bytes32[] memory proof = Tree.branch(nodes, i);
            _true(desk.isIncluded(key, i, leaves[i], proof), "included");
            _true(!desk.isIncluded(key, i + 1, leaves[i], proof), "elsewhere");
            _true(!desk.isIncluded(key, i, keccak256("no leaf"), proof), "another");
        }
    }

    function test_HashesOfBallots() public view {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Ballots(bytes32 vote,uint32 index,bytes32 votes,bytes32 salt)"),
                bytes32("vote"),
                uint32(3),
                bytes32("votes"),
                bytes32("salt")
            )
        );
        bytes32 digest = desk.ballotDigest("vote", 3, "votes", "salt");
        VM.assertEq(digest, _digest(address(desk), structHash), "the digest, written out");
        bytes memory signature = hex"0102";
        VM.assertEq(desk.leafOf(digest, signature), keccak256(abi.encodePacked(digest, hex"0102")), "leaf");
        bytes32 node = keccak256(abi.encodePacked(keccak256(abi.encode(uint32(3), digest))));
        VM.assertEq(desk.nodeOf(3, digest), node, "node");
    }

    // Decisions

    function test_AContractNeedsTheVoteThatItNames() public {
        ForwardTerms memory terms = _forward(1);
        bytes32 tariff = keccak256(abi.encode(terms.retailer, terms.rates, terms.blocks, terms.zone));
        VM.assertEq(desk.tariffHash(terms), tariff, "the tariff");
        (terms.decision,) = _opened(3);
        terms.expiry = type(uint64).max;
        _undecided(terms, terms.decision, VoteStatus.Open, 0, tariff);
        VM.warp(DEADLINE + 1);
        _undecided(terms, terms.decision, VoteStatus.Void, 0, tariff);
        VM.warp(CLOSE + 1);
        bytes32[] memory leaves = new bytes32[](3);
        VM.prank(_person(COMMUNITY));
        desk.publishVote(terms.decision, leaves, tariff);
        terms.rates[0] += 1;
        _undecided(terms, terms.decision, VoteStatus.Published, tariff, desk.tariffHash(terms));
        terms.rates[0] -= 1;
        terms.community = _person(9);
        bytes32 digest = desk.forwardDigest(terms);
        (bytes memory retailers, bytes memory others) = (_signature(RETAILER, digest), _signature(9, digest));
        _expect(_notDecided(terms.decision, VoteStatus.Published, tariff, tariff));
        desk.signForward(terms, retailers, others);
        terms.community = _person(COMMUNITY);
        _sign(terms);
    }

    function _undecided(ForwardTerms memory terms, bytes32 key, VoteStatus status, bytes32 result, bytes32 expected)
        private
    {
        bytes32 digest = desk.forwardDigest(terms);
        (bytes memory retailers, bytes memory communities) =
            (_signature(RETAILER, digest), _signature(COMMUNITY, digest));
        _expect(_notDecided(key, status, result, expected));
        desk.signForward(terms, retailers, communities);
    }

    function _notDecided(bytes32 key, VoteStatus status, bytes32 result, bytes32 expected)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(ICommunityBallots.NotDecided.selector, key, status, result, expected);
    }

    function _status(bytes32 key) private view returns (VoteStatus status) {
        (status,,,,,,,) = desk.voteOf(key);
    }

    /// @dev In ascending order.
    function _voters(uint256 count) private pure returns (address[] memory roster) {
        roster = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            roster[i] = address(uint160(1_000_000 + 7 * i));
        }
    }

    function _open(uint64 nonce, address[] memory roster) private returns (bytes32) {
        VM.prank(_person(COMMUNITY));
        return desk.openVote(nonce, roster, CLOSE, DEADLINE);
    }

    function _opened(uint256 count) private returns (bytes32 key, address[] memory roster) {
        roster = _voters(count);
        key = _open(1, roster);
    }

    function _voteKey(uint64 nonce) private view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(desk), _person(COMMUNITY), nonce));
    }

    function _rosterNodes(address[] memory roster) private pure returns (bytes32[] memory) {
        bytes32[] memory contents = new bytes32[](roster.length);
        for (uint256 i = 0; i < roster.length; ++i) {
            contents[i] = bytes32(uint256(uint160(roster[i])));
        }
        return _nodes(contents);
    }

    function _nodes(bytes32[] memory contents) private pure returns (bytes32[] memory nodes) {
        nodes = new bytes32[](contents.length);
        for (uint256 i = 0; i < contents.length; ++i) {
            nodes[i] = keccak256(abi.encodePacked(keccak256(abi.encode(uint32(i), contents[i]))));
        }
    }

    function _badTimes(uint64 close, uint64 deadline) private view returns (bytes memory) {
        return abi.encodeWithSelector(ICommunityBallots.BadTimes.selector, close, deadline, block.timestamp);
    }
}
