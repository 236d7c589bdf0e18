// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IGuardedPause} from "./IGuardedPause.sol";
import {IMarketAccount} from "./IMarketAccount.sol";
import {IMarketTime} from "./IMarketTime.sol";
import {ISigned} from "./ISigned.sol";

/// @notice What stays the same through one negotiation of a loan (EIP-712 type `LoanTerms`).
struct LoanTerms {
    address opener; // makes offer 0; a positive quantity means that the opener gives first
    address responder;
    uint64 nonce; // session number, below 2**62
    uint32 openerMeter;
    uint32 responderMeter;
    uint32 interval; // in which the lender gives
    uint64 price; // compensation, token units per base unit that is not returned
    uint64 cover; // collateral, token units per base unit lent; at least `price`
    uint64 maxAheadGiven; // most base units already queued at the lender's meter in `interval`
    uint64 maxAheadReturned; // and at the borrower's in the interval of the return
}

/// @notice One offer of a loan's negotiation (EIP-712 type `LoanMove`).
struct LoanMove {
    int64 quantity; // base units; positive: the opener lends, negative: the responder does
    uint32 returnAfter; // intervals until the borrower returns as much
    uint64 expiry; // last second at which it can be recorded: the turn's deadline, never beyond the gate
}

/// @notice The last offer of a signed session, as EIP-712
/// `LoanOffer(LoanTerms terms,LoanMove move,uint16 round,bytes32 previous)`.
/// Both parties sign this same digest: the proposer when offering, the other when accepting.
struct LoanOffer {
    LoanTerms terms;
    LoanMove move;
    uint16 round; // 0 for the first offer
    bytes32 previous; // struct hash of the offer before; zero in round 0
}

/// @notice An agreement for a batch: compact (EIP-2098) signatures of key-holding accounts only.
/// @dev `earlier` is the whole transcript before the head (rounds 0 … round − 1) or empty: head only.
struct SignedLoan {
    LoanOffer head;
    LoanMove[] earlier;
    bytes32 proposerR;
    bytes32 proposerVs;
    bytes32 acceptorR;
    bytes32 acceptorVs;
}

/// @notice The terms that are binding once recorded; their hash stands in the loan's slot.
struct Loan {
    address lender;
    address borrower;
    uint64 nonce;
    uint32 lenderMeter;
    uint32 borrowerMeter;
    uint32 interval; // the lender gives
    uint32 returnAfter; // the borrower returns in interval + returnAfter
    uint64 quantity; // base units, each way
    uint64 price; // token units of compensation per base unit that is not returned
    uint64 collateral; // token units that the borrower has in escrow
}

enum LoanStatus {
    None,
    Cancelled,
    Recorded,
    Settled,
    Voided,
    Released
}

/// @title Energy lent by one meter and returned by another: two legs, one settlement.
/// @notice The lender exports `quantity` in `interval`, the borrower exports as much `returnAfter` intervals later.
/// Both legs take a place in their meter's queue when the loan is recorded, and the borrower's collateral is taken from
/// its balance here. A loan's key is keccak256(abi.encode(chain id at deployment, this, lower party, higher party,
/// nonce)). A slot once written is never used again.
///
/// Settlement is a pure function of the terms, the two places and the registry's slots, by anyone, once both legs are
/// final: principal = clamp(given − place, 0, quantity); returned likewise; shortfall = principal − min(returned,
/// principal); compensation = price × shortfall to the lender, the rest of the collateral back to the borrower. No
/// top-ups, no price feeds, no liquidation. A principal of zero voids the loan as soon as the first leg is final: the
/// collateral goes back at once, and the return leg's place is given back where it is still the tail of its queue.
///
/// What to know. Whoever holds a release signature may use it until the gate: it does not expire. The head of a signed
/// session may be recorded by anyone before its transcript is; then the transcript stays off the chain. Items of a
/// batch are expected well encoded; bits beyond a type revert the whole batch. Of several void loans that are returned
/// in one interval, end the last recorded first: a place goes back as the tail of its queue or not at all, so in the
/// other order only the last one does. A slot binds the terms by 184 bits of their hash: to settle on other terms than
/// the recorded ones, two who collude need some 2**92 hashes.
///
/// What is not insured. A lender that delivers nothing owes nothing: the loan is void and the borrower has its
/// collateral back, no more. If its meter is silent that is known only after WINDOW, by when the gate of a near return
/// may have passed; then the place of the return stays. A lender that delivers anything, one base unit even, binds the
/// whole collateral and the whole place until the return is final: what the borrower exports within the place counts
/// for the loan before anything promised behind it. Energy returned in excess of the principal is not paid for.
///
/// Trust assumptions are those of the market of deals: the guardian can stop recording for a while and nothing else;
/// registry and token are the market's own contracts; nobody's silence locks tokens. Once the readings of both legs are
/// posted, or WINDOW has passed after the return's interval, anyone may settle; free balances can always be withdrawn.
interface IEnergyLoans is IMarketAccount, IGuardedPause, IMarketTime, ISigned {
    /// @dev An earlier offer of a signed session, recorded with its agreement.
    event LoanOfferDisclosed(bytes32 indexed key, uint16 round, int64 quantity, uint32 returnAfter, uint64 expiry);
    /// @dev The head of a signed session with both signatures (64 or 65 bytes, or what ERC-1271 accepted).
    event LoanAgreed(
        bytes32 indexed key,
        LoanTerms terms,
        LoanMove move,
        uint16 round,
        bytes32 previous,
        bytes proposerSignature,
        bytes acceptorSignature
    );
    event LoanRecorded(
        bytes32 indexed key,
        address indexed lender,
        address indexed borrower,
        Loan loan,
        uint64 givenPosition,
        uint64 returnedPosition
    );
    event LoanCancelled(bytes32 indexed key, address indexed by);
    event LoanReleased(bytes32 indexed key, uint256 refunded);
    /// @dev `freed`: the place of the return leg was given back.
    event LoanVoided(bytes32 indexed key, uint256 refunded, bool freed);
    event LoanSettled(bytes32 indexed key, uint64 principal, uint64 returned, uint256 compensation, uint256 refunded);

    error SelfLoan(address party);
    error ZeroVolume();
    error ZeroReturnTime();
    error CollateralBelowBond(uint256 collateral, uint256 bond);
    /// @dev cover × quantity exceeds the int64 range, or quantity the uint32 range.
    error LoanOverflow(uint64 cover, uint64 quantity);
    error LoanKeyUsed(bytes32 key, LoanStatus status);
    error WrongLoanStatus(bytes32 key, LoanStatus status, LoanStatus expected);
    /// @dev The first leg delivered something, so the loan is settled when its second is final, not voided.
    error PrincipalDelivered(bytes32 key, uint64 principal);

    // Signed sessions ------------------------------------------------------------------------------------------------
    /// @notice Records an agreement that both signed; anyone may submit it. `earlier` as in `SignedLoan`.
    /// Signatures: ECDSA (64 or 65 bytes) first, then ERC-1271 within a fixed gas allowance.
    /// What is wrong is named in this order: PausedUntil; of the loan SelfLoan, ZeroVolume, ZeroReturnTime,
    /// LoanOverflow, CollateralBelowBond; of the session NonceOutOfRange, InvalidParameter (openerMeter,
    /// responderMeter), SameMeter; of time GateClosed, ExpiryBeyondGate, OfferExpired, BeyondHorizon (of the return);
    /// BrokenTranscript; BadSignature (proposer, acceptor); InsufficientBalance (borrower); LoanKeyUsed; then what the
    /// registry says of the given leg, then of the returned one.
    function recordLoan(
        LoanOffer calldata head,
        LoanMove[] calldata earlier,
        bytes calldata proposerSignature,
        bytes calldata acceptorSignature
    ) external returns (bytes32 key);
    /// @notice Records many; an item that fails is skipped and logged. Reverts as a whole on too little gas.
    function recordLoanBatch(SignedLoan[] calldata loans) external returns (uint256 recorded);
    /// @notice Either party burns a session number before it is recorded.
    function cancelLoan(address counterpart, uint64 nonce) external;
    /// @notice Undoes a recorded loan before the gate of its first leg, both places being the tails of their queues,
    /// with both parties' signatures over `Release(bytes32 key)`. Refusals in this order: BadSignature (lender,
    /// borrower); GateClosed; WrongLoanStatus; TermsMismatch; the registry's, of the given leg and of the returned one.
    function releaseLoan(Loan calldata loan, bytes calldata lenderSignature, bytes calldata borrowerSignature) external;

    // Settlement -----------------------------------------------------------------------------------------------------
    /// @notice Gives the collateral back as soon as it is certain that nothing was lent; anyone may. Frees the place of
    /// the return leg if it still can (its gate has not passed, and it is the tail that this market took last), and is
    /// never stopped by it; ItemGasTooLow where too little gas was brought for trying. Refusals in this order:
    /// WrongLoanStatus; TermsMismatch; NotFinal (given leg); PrincipalDelivered.
    function voidLoan(Loan calldata loan) external;
    /// @notice Compensates and refunds once both legs are final, or voids where nothing was lent; anyone may. Refusals
    /// in this order: WrongLoanStatus; TermsMismatch; NotFinal (given leg, then returned).
    function settleLoan(Loan calldata loan) external;
    /// @notice Settles or voids many; an item that fails is skipped and logged. Reverts as a whole on too little gas.
    function settleLoanBatch(Loan[] calldata loans) external returns (uint256 settled);

    /// @notice Status, both positions and the upper 184 bits of the terms' hash.
    function loanSlot(bytes32 key)
        external
        view
        returns (LoanStatus status, uint32 givenPosition, uint32 returnedPosition, bytes23 termsHash);
    function loanKey(address a, address b, uint64 nonce) external view returns (bytes32);
    /// @notice EIP-712 digest that both parties of a signed session sign.
    function loanOfferDigest(LoanOffer calldata head) external view returns (bytes32);
    function loanReleaseDigest(bytes32 key) external view returns (bytes32);
}
