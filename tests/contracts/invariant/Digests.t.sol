// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Reading} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {ISigned} from "../../../contracts/interfaces/ISigned.sol";
import {Move, Offer, SessionTerms} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "../support/MarketStage.sol";

/// @title The contracts' EIP-712 digests beside digests written out here, field by field, from the standard.
contract Digests is MarketStage {
    string private constant MOVE = "Move(uint64 price,uint64 energy,uint8 locked,uint64 expiry)";
    string private constant TERMS = "SessionTerms(address seller,address buyer,uint64 nonce,uint32 sellerMeter,"
        "uint32 buyerMeter,uint32 interval,uint16 count,uint64 maxAhead,bool sellerOpens,bool issueByIssue)";
    string private constant OFFER = "Offer(SessionTerms terms,Move move,uint16 round,bytes32 previous)";

    function setUp() public {
        _open();
    }

    function testFuzz_Offer(Offer calldata head, uint64 chain) public {
        VM.chainId(_bound(chain, 1, type(uint64).max));
        VM.assertEq(market.offerDigest(head), _signed(address(market), chain == 0 ? 1 : chain, _offer(head)), "offer");
    }

    function testFuzz_Release(bytes32 key, uint64 chain) public {
        VM.chainId(_bound(chain, 1, type(uint64).max));
        bytes32 structHash = keccak256(abi.encodePacked(keccak256("Release(bytes32 key)"), key));
        VM.assertEq(market.releaseDigest(key), _signed(address(market), chain == 0 ? 1 : chain, structHash), "release");
    }

    function testFuzz_Reading(Reading calldata reading, uint64 chain) public {
        VM.chainId(_bound(chain, 1, type(uint64).max));
        bytes32 structHash = keccak256(
            abi.encodePacked(
                keccak256("Reading(uint32 meter,uint32 interval,uint64 exported,uint64 imported)"),
                uint256(reading.meter),
                uint256(reading.interval),
                uint256(reading.exported),
                uint256(reading.imported)
            )
        );
        bytes32 expected = _signed(address(registry), chain == 0 ? 1 : chain, structHash);
        VM.assertEq(registry.readingDigest(reading), expected, "reading");
    }

    /// @dev Whatever was said before: the head that names the hash of its transcript is recorded with it, or alone; one
    /// that names another is not.
    function testFuzz_Transcript(Move[] memory earlier, uint256 altered) public {
        if (earlier.length > 12) {
            // solhint-disable-next-line no-inline-assembly
            assembly ("memory-safe") {
                mstore(earlier, 12)
            }
        }
        SessionTerms memory terms = _terms(1, 5);
        bytes32 previous = 0;
        for (uint256 i = 0; i < earlier.length; ++i) {
            // forge-lint: disable-next-line(unsafe-typecast)
            previous = _offer(Offer({terms: terms, move: earlier[i], round: uint16(i), previous: previous}));
        }
        Offer memory head = _head(terms, 250, 1000);
        head.round = uint16(earlier.length);
        head.previous = previous;
        (uint256 proposer, uint256 acceptor) = head.round % 2 == 0 ? (1, 2) : (2, 1);
        bytes32 digest = market.offerDigest(head);
        bytes memory first = _signature(proposer, digest);
        bytes memory second = _signature(acceptor, digest);
        bytes32 key = market.dealKey(terms.seller, terms.buyer, terms.nonce);
        if (earlier.length != 0) {
            // A move that nobody made
            Move memory victim = earlier[altered % earlier.length];
            victim.energy ^= 1;
            _expect(abi.encodeWithSelector(ISigned.BrokenTranscript.selector, key, head.round));
            market.recordSigned(head, earlier, first, second);
            victim.energy ^= 1;
        }
        VM.assertEq(market.recordSigned(head, earlier, first, second), key, "recorded");
    }

    function _offer(Offer memory head) private pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                keccak256(abi.encodePacked(OFFER, MOVE, TERMS)),
                _termsHash(head.terms),
                _moveHash(head.move),
                uint256(head.round),
                head.previous
            )
        );
    }

    function _moveHash(Move memory move) private pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                keccak256(bytes(MOVE)),
                uint256(move.price),
                uint256(move.energy),
                uint256(move.locked),
                uint256(move.expiry)
            )
        );
    }

    function _termsHash(SessionTerms memory terms) private pure returns (bytes32) {
        bytes memory parties = abi.encodePacked(
            uint256(uint160(terms.seller)),
            uint256(uint160(terms.buyer)),
            uint256(terms.nonce),
            uint256(terms.sellerMeter),
            uint256(terms.buyerMeter)
        );
        bytes memory rules = abi.encodePacked(
            uint256(terms.interval),
            uint256(terms.count),
            uint256(terms.maxAhead),
            uint256(terms.sellerOpens ? 1 : 0),
            uint256(terms.issueByIssue ? 1 : 0)
        );
        return keccak256(abi.encodePacked(keccak256(bytes(TERMS)), parties, rules));
    }

    function _signed(address verifier, uint256 chain, bytes32 structHash) private pure returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encodePacked(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Wattpact"),
                keccak256("1"),
                chain,
                uint256(uint160(verifier))
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
