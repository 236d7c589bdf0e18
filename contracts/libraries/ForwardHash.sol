// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ForwardTerms, Membership} from "../interfaces/IForwardContracts.sol";

/// @title Hashes of forward contracts: what is signed, what stands in a slot, what names a tariff and its hours.
library ForwardHash {
    bytes32 private constant TERMS_TYPEHASH = keccak256(
        "ForwardTerms(address retailer,address community,uint64 nonce,uint32[] boundaries,uint168[] blocks,"
        "bytes32 zone,uint64[] rates,int64[] expected,bytes32 roster,uint64 exitFee,uint64 retailerDeposit,"
        "bytes32 decision,uint64 expiry)"
    );
    bytes32 private constant MEMBERSHIP_TYPEHASH = keccak256(
        "Membership(ForwardTerms terms,address member,uint32 meter,uint64 maxDeposit,uint64 expiry)"
        "ForwardTerms(address retailer,address community,uint64 nonce,uint32[] boundaries,uint168[] blocks,"
        "bytes32 zone,uint64[] rates,int64[] expected,bytes32 roster,uint64 exitFee,uint64 retailerDeposit,"
        "bytes32 decision,uint64 expiry)"
    );

    /// @notice EIP-712 struct hash; an array is hashed by its elements, each in a word, as a packed encoding has them.
    function ofTerms(ForwardTerms calldata terms) internal pure returns (bytes32) {
        bytes memory first = abi.encode(
            TERMS_TYPEHASH,
            terms.retailer,
            terms.community,
            terms.nonce,
            keccak256(abi.encodePacked(terms.boundaries)),
            keccak256(abi.encodePacked(terms.blocks)),
            terms.zone
        );
        return keccak256(
            bytes.concat(
                first,
                abi.encode(
                    keccak256(abi.encodePacked(terms.rates)),
                    keccak256(abi.encodePacked(terms.expected)),
                    terms.roster,
                    terms.exitFee,
                    terms.retailerDeposit,
                    terms.decision,
                    terms.expiry
                )
            )
        );
    }

    /// @notice EIP-712 struct hash; the terms stand in it by theirs.
    function ofMembership(Membership calldata membership) internal pure returns (bytes32) {
        return keccak256(abi.encode(MEMBERSHIP_TYPEHASH, membership));
    }

    /// @notice Which hours each register counts.
    function ofSchedule(uint168[] calldata blocks, bytes32 zone) internal pure returns (bytes32) {
        return keccak256(abi.encode(blocks, zone));
    }

    /// @notice What a vote decides on.
    function ofTariff(ForwardTerms calldata terms) internal pure returns (bytes32) {
        return keccak256(abi.encode(terms.retailer, terms.rates, terms.blocks, terms.zone));
    }

    /// @notice Leaf of the roster.
    function ofMember(address member, uint32 meter, bytes32 volumes) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(member, meter, volumes))));
    }
}
