// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OpenRequest, SessionStatus} from "../interfaces/IUtilityNegotiator.sol";

// A session's two kinds of slot, packed by hand: a turn takes out what it needs and writes the word back once.
// forge-lint: disable-start(unsafe-typecast)

/// @notice All that changes from turn to turn, and what a turn must know. Bits: status 0..7, initiator sells 8, issue
/// by issue 16, locked 24..31, offers made 32..47, most offers 48..63, count 64..79, timeout 80..111, deadline 112..151
/// (at most a 32-bit timeout from now), standing price 152..215, standing energy 216..247.
type SessionState is uint256;

/// @notice One side. Bits: account 0..159, meter 160..191, interval 192..223 (the session's; in both sides, so that a
/// turn reads one of them), maxAhead 224..255.
type SessionParty is uint256;

using SessionStateLib for SessionState global;
using SessionPartyLib for SessionParty global;

library SessionStateLib {
    /// @dev Bits of locked, offers made, deadline, price and energy: what an offer changes.
    uint256 private constant TURN =
        (0xff << 24) | (0xffff << 32) | (((1 << 40) - 1) << 112) | (((1 << 64) - 1) << 152) | (0xffffffff << 216);

    function pack(OpenRequest calldata request, uint256 deadline) internal pure returns (SessionState) {
        return SessionState.wrap(
            uint256(SessionStatus.Open) | (request.selling ? 1 << 8 : 0) | (request.issueByIssue ? 1 << 16 : 0)
                | (uint256(request.maxRounds) << 48) | (uint256(request.count) << 64) | (uint256(request.timeout) << 80)
                | (deadline << 112)
        );
    }

    function status(SessionState self) internal pure returns (SessionStatus) {
        return SessionStatus(uint8(SessionState.unwrap(self)));
    }

    function initiatorSells(SessionState self) internal pure returns (bool) {
        return SessionState.unwrap(self) & (1 << 8) != 0;
    }

    function issueByIssue(SessionState self) internal pure returns (bool) {
        return SessionState.unwrap(self) & (1 << 16) != 0;
    }

    function locked(SessionState self) internal pure returns (uint8) {
        return uint8(SessionState.unwrap(self) >> 24);
    }

    function rounds(SessionState self) internal pure returns (uint16) {
        return uint16(SessionState.unwrap(self) >> 32);
    }

    function maxRounds(SessionState self) internal pure returns (uint16) {
        return uint16(SessionState.unwrap(self) >> 48);
    }

    function count(SessionState self) internal pure returns (uint16) {
        return uint16(SessionState.unwrap(self) >> 64);
    }

    function timeout(SessionState self) internal pure returns (uint32) {
        return uint32(SessionState.unwrap(self) >> 80);
    }

    function deadline(SessionState self) internal pure returns (uint40) {
        return uint40(SessionState.unwrap(self) >> 112);
    }

    function price(SessionState self) internal pure returns (uint64) {
        return uint64(SessionState.unwrap(self) >> 152);
    }

    function energy(SessionState self) internal pure returns (uint32) {
        return uint32(SessionState.unwrap(self) >> 216);
    }

    function withStatus(SessionState self, SessionStatus next) internal pure returns (SessionState) {
        return SessionState.wrap((SessionState.unwrap(self) & ~uint256(0xff)) | uint256(next));
    }

    function withDeadline(SessionState self, uint256 next) internal pure returns (SessionState) {
        uint256 others = SessionState.unwrap(self) & ~uint256(((1 << 40) - 1) << 112);
        return SessionState.wrap(others | (next << 112));
    }

    /// @dev The state after an offer; every value is already known to fit.
    function withOffer(
        SessionState self,
        uint8 nextLocked,
        uint256 nextRounds,
        uint256 nextDeadline,
        uint64 nextPrice,
        uint64 nextEnergy
    ) internal pure returns (SessionState) {
        return SessionState.wrap(
            (SessionState.unwrap(self) & ~TURN) | (uint256(nextLocked) << 24) | (nextRounds << 32)
                | (nextDeadline << 112) | (uint256(nextPrice) << 152) | (uint256(nextEnergy) << 216)
        );
    }
}

library SessionPartyLib {
    function pack(address who, uint32 itsMeter, uint32 itsInterval, uint32 itsMaxAhead)
        internal
        pure
        returns (SessionParty)
    {
        return SessionParty.wrap(
            uint256(uint160(who)) | (uint256(itsMeter) << 160) | (uint256(itsInterval) << 192)
                | (uint256(itsMaxAhead) << 224)
        );
    }

    function account(SessionParty self) internal pure returns (address) {
        return address(uint160(SessionParty.unwrap(self)));
    }

    function meter(SessionParty self) internal pure returns (uint32) {
        return uint32(SessionParty.unwrap(self) >> 160);
    }

    function interval(SessionParty self) internal pure returns (uint32) {
        return uint32(SessionParty.unwrap(self) >> 192);
    }

    function maxAhead(SessionParty self) internal pure returns (uint32) {
        return uint32(SessionParty.unwrap(self) >> 224);
    }
}
// forge-lint: disable-end(unsafe-typecast)
