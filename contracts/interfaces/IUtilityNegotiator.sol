// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IGuardedPause} from "./IGuardedPause.sol";
import {IMarketAccount} from "./IMarketAccount.sol";
import {IMarketTime} from "./IMarketTime.sol";
import {ISigned} from "./ISigned.sol";

/// @notice What stays the same through one negotiation (EIP-712 type `SessionTerms`).
struct SessionTerms {
    address seller;
    address buyer;
    uint64 nonce; // session number; below 2**62 in signed sessions
    uint32 sellerMeter;
    uint32 buyerMeter;
    uint32 interval; // first delivery interval
    uint16 count; // how many consecutive intervals, each on the same price and energy
    uint64 maxAhead; // most base units already queued at the seller's meter
    bool sellerOpens; // who makes offer 0; the turns alternate from there
    bool issueByIssue; // procedure: agreed issues are locked one by one, or the package is taken or countered whole
}

/// @notice One offer of a negotiation (EIP-712 type `Move`).
struct Move {
    uint64 price; // token units per base unit
    uint64 energy; // base units in each interval
    uint8 locked; // issues agreed: bit 0 price, bit 1 energy
    uint64 expiry; // last second at which it can be recorded: the turn's deadline, never beyond the gate
}

/// @notice The last offer of a signed session, as EIP-712
/// `Offer(SessionTerms terms,Move move,uint16 round,bytes32 previous)`.
/// Both parties sign this same digest: the proposer when offering, the other when accepting.
struct Offer {
    SessionTerms terms;
    Move move;
    uint16 round; // 0 for the first offer
    bytes32 previous; // struct hash of the offer before; zero in round 0
}

/// @notice An agreement for a batch: compact (EIP-2098) signatures of key-holding accounts only.
/// @dev `earlier` is the whole transcript before the head (rounds 0 … round − 1) or empty: head only.
struct SignedAgreement {
    Offer head;
    Move[] earlier;
    bytes32 proposerR;
    bytes32 proposerVs;
    bytes32 acceptorR;
    bytes32 acceptorVs;
}

/// @notice The terms that are binding once recorded; their hash stands in the deal's slot.
struct Deal {
    address seller;
    address buyer;
    uint64 nonce;
    uint32 sellerMeter; // zero: the provider sells, firm
    uint32 buyerMeter; // zero: the provider buys
    uint32 interval;
    uint16 count;
    uint64 price;
    uint64 energy;
}

enum DealStatus {
    None,
    Cancelled,
    Recorded,
    Settled,
    Released
}

enum SessionStatus {
    None,
    Open,
    Negotiating,
    Agreed,
    Withdrawn,
    Expired
}

/// @notice What an on-chain session is opened with.
struct OpenRequest {
    address counterpart; // zero: anyone may join
    bool selling; // the opener sells
    uint32 meter; // the opener's meter
    uint32 interval;
    uint16 count;
    uint32 maxAhead; // used if the opener buys
    bool issueByIssue;
    uint16 maxRounds; // most offers in the session
    uint32 timeout; // seconds for each turn (and for joining)
}

/// @notice An on-chain session as read back.
struct SessionView {
    SessionStatus status;
    address initiator;
    address responder; // the named counterpart (or zero) before someone joined
    uint32 initiatorMeter;
    uint32 responderMeter;
    uint32 interval;
    uint16 count;
    uint32 maxAhead;
    bool initiatorSells;
    bool issueByIssue;
    uint16 rounds; // offers made so far
    uint16 maxRounds;
    uint32 timeout;
    uint64 deadline; // end of the present turn (or of joining)
    uint64 price; // of the standing offer
    uint64 energy;
    uint8 locked;
}

/// @title The market of one utility: negotiation, escrow, settlement.
/// @notice Two ways to negotiate (on chain, or by signed messages), one way to settle. A deal's key is
/// keccak256(abi.encode(chain id at deployment, this, lower party, higher party, nonce)); interval j of a run has slot
/// key + j. Nonces below 2**62 belong to signed sessions, 2**62 … 2**63 − 1 to deals with the provider (2**62 + the
/// caller's number), 2**63 and above to on-chain sessions (2**63 + session). A slot once written is never used again.
///
/// What to know. A session that is open to anyone can be taken by anyone, an account without a meter included: name the
/// counterpart, or look at `SessionJoined` before the first offer. Whoever holds a release signature may use it until
/// the gate: it does not expire. The head of a signed session may be recorded by anyone before its transcript is; then
/// the transcript stays off the chain. Items of a batch are expected well encoded; bits beyond a type revert the whole
/// batch.
/// Provider purchases lock the provider's escrow until they settle: its cap per meter bounds how much.
///
/// Trust assumptions. The guardian can stop new business (open, join, accept, recording, provider deals) for a while
/// and nothing else. Registry, token and tariff are the market's own contracts. Nobody's silence locks tokens: once an
/// interval's reading is posted, or WINDOW has passed after its end, anyone may settle; free balances can always be
/// withdrawn.
interface IUtilityNegotiator is IMarketAccount, IGuardedPause, IMarketTime, ISigned {
    event SessionOpened(uint64 indexed session, address indexed initiator, OpenRequest request, uint64 deadline);
    event SessionJoined(
        uint64 indexed session, address indexed responder, uint32 meter, uint32 maxAhead, uint64 deadline
    );
    /// @dev Round r is the initiator's if r is even. The next turn's deadline is min(time + timeout, gate).
    event OfferMade(uint64 indexed session, uint16 round, uint64 price, uint64 energy, uint8 locked);
    /// @dev `status` is Agreed, Withdrawn or Expired.
    event SessionClosed(uint64 indexed session, SessionStatus status, address by);
    /// @dev An earlier offer of a signed session, recorded with its agreement.
    event OfferDisclosed(bytes32 indexed key, uint16 round, uint64 price, uint64 energy, uint8 locked, uint64 expiry);
    /// @dev The head of a signed session with both signatures (64 or 65 bytes, or what ERC-1271 accepted).
    event AgreementSigned(
        bytes32 indexed key,
        bool sellerOpens,
        bool issueByIssue,
        uint64 maxAhead,
        Move move,
        uint16 round,
        bytes32 previous,
        bytes proposerSignature,
        bytes acceptorSignature
    );
    /// @dev One per interval: `key` is the slot (deal key + index).
    event DealRecorded(
        bytes32 indexed key, address indexed seller, address indexed buyer, Deal deal, uint16 index, uint64 position
    );
    event DealCancelled(bytes32 indexed key, address indexed by);
    event DealReleased(bytes32 indexed key, uint256 refunded);
    event DealSettled(bytes32 indexed key, uint64 delivered, uint256 paid, uint256 refunded);

    error SelfDeal(address party);
    error NotParty(address caller);
    error ZeroAmount(uint64 price, uint64 energy);
    /// @dev price × energy × count exceeds the int64 range, or energy the uint32 range.
    error AmountOverflow(uint64 price, uint64 energy, uint16 count);
    error ZeroCount();
    error KeyUsed(bytes32 key, DealStatus status);
    error WrongDealStatus(bytes32 key, DealStatus status, DealStatus expected);
    error IndexOutOfRange(uint16 index, uint16 count);

    error UnknownSession(uint64 session);
    error WrongSessionStatus(uint64 session, SessionStatus status, SessionStatus expected);
    error NotCounterpart(uint64 session, address caller, address counterpart);
    error OutOfTurn(uint64 session, address caller, address expected);
    error TurnExpired(uint64 session, uint256 deadline, uint256 time);
    error TurnNotExpired(uint64 session, uint256 deadline, uint256 time);
    error RoundLimit(uint64 session, uint16 maxRounds);
    error InvalidTimeout(uint32 timeout);
    error InvalidRounds(uint16 maxRounds);
    error NoStandingOffer(uint64 session);
    /// @dev An accept names another round, price or energy than the standing offer has.
    error StandingOfferDiffers(uint64 session, uint16 round, uint64 price, uint64 energy);
    /// @dev A lock was dropped, set in the whole-package procedure, set on a value other than the standing one, or all
    /// issues were locked by an offer instead of an accept.
    error InvalidLock(uint64 session, uint8 standing, uint8 proposed);

    error PriceLimit(uint32 interval, uint64 price, uint64 limit);
    error ProviderCap(uint32 meter, uint256 open, uint64 energy, uint64 cap);
    error NoProvider();

    /// @notice The provider's tariff; zero where the market has none.
    function TARIFF() external view returns (address);
    /// @notice Most base units that one meter may have open (recorded, not settled) towards the provider.
    function PROVIDER_CAP() external view returns (uint64);

    // Sessions on chain ----------------------------------------------------------------------------------------------
    function open(OpenRequest calldata request) external returns (uint64 session);
    function join(uint64 session, uint32 meter, uint32 maxAhead) external;
    /// @notice The caller's next offer; `locked` keeps every lock of the standing offer and may add those issues whose
    /// standing value it repeats.
    function offer(uint64 session, uint64 price, uint64 energy, uint8 locked) external;
    /// @notice Takes the standing offer, named by round, price and energy, and records the deal.
    function accept(uint64 session, uint16 round, uint64 price, uint64 energy) external returns (bytes32 key);
    function withdrawFrom(uint64 session) external;
    /// @notice Closes a session whose turn has run out; anyone may.
    function expire(uint64 session) external;
    function sessions(uint64 session) external view returns (SessionView memory);
    function sessionCount() external view returns (uint64);

    // Signed sessions ------------------------------------------------------------------------------------------------
    /// @notice Records an agreement that both signed; anyone may submit it. `earlier` as in `SignedAgreement`.
    /// Signatures: ECDSA (64 or 65 bytes) first, then ERC-1271 within a fixed gas allowance.
    function recordSigned(
        Offer calldata head,
        Move[] calldata earlier,
        bytes calldata proposerSignature,
        bytes calldata acceptorSignature
    ) external returns (bytes32 key);
    /// @notice Records many; an item that fails is skipped and logged. Reverts as a whole on too little gas.
    function recordBatch(SignedAgreement[] calldata agreements) external returns (uint256 recorded);
    /// @notice Either party burns a session number before it is recorded.
    function cancel(address counterpart, uint64 nonce) external;
    /// @notice Undoes a recorded run of deals before its gate, all its intervals being the tails of their queues, with
    /// both parties' signatures over `Release(bytes32 key)`.
    function release(Deal calldata deal, bytes calldata sellerSignature, bytes calldata buyerSignature) external;

    // Provider -------------------------------------------------------------------------------------------------------
    /// @notice Buys firm from the provider at the tariff, if that is at most `limit`. `number` < 2**62, once per
    /// caller.
    function buyFromProvider(uint64 number, uint32 buyerMeter, uint32 interval, uint64 energy, uint64 limit)
        external
        returns (bytes32 key);
    /// @notice Sells to the provider at the tariff, if that is at least `limit`; an ordinary place in the queue.
    function sellToProvider(
        uint64 number,
        uint32 sellerMeter,
        uint32 interval,
        uint64 energy,
        uint64 limit,
        uint64 maxAhead
    ) external returns (bytes32 key);
    /// @notice Base units that `meter` has open towards the provider.
    function providerOpen(uint32 meter) external view returns (uint256);

    // Settlement -----------------------------------------------------------------------------------------------------
    /// @notice Pays and refunds interval `index` of a deal once its export is final; anyone may.
    /// delivered = clamp(exported − position, 0, energy); a firm sale delivers in full at the interval's end.
    function settle(Deal calldata deal, uint16 index) external;
    /// @notice Settles many; an item that fails is skipped and logged. Reverts as a whole on too little gas.
    function settleBatch(Deal[] calldata deals, uint16[] calldata indices) external returns (uint256 settled);

    /// @notice Status, position and the upper 200 bits of the terms' hash.
    function dealSlot(bytes32 key) external view returns (DealStatus status, uint48 position, bytes25 termsHash);
    function dealKey(address a, address b, uint64 nonce) external view returns (bytes32);
    /// @notice EIP-712 digest that both parties of a signed session sign.
    function offerDigest(Offer calldata head) external view returns (bytes32);
    function releaseDigest(bytes32 key) external view returns (bytes32);
}
