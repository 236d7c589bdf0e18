// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICommunityBallots} from "./ICommunityBallots.sol";
import {IGuardedPause} from "./IGuardedPause.sol";
import {IMarketAccount} from "./IMarketAccount.sol";
import {IMarketTime} from "./IMarketTime.sol";
import {ISigned} from "./ISigned.sol";

/// @notice What a retailer and a community agree on (EIP-712 type `ForwardTerms`).
struct ForwardTerms {
    address retailer;
    address community; // signs for those who may join; pays nothing itself
    uint64 nonce; // below 2**62
    uint32[] boundaries; // first interval of each period, and the one after the last period; ascending, 2 to 64
    uint168[] blocks; // 1 to 4: the hours of the week of each rate; bit 24 × day + hour, Monday 0:00 is bit 0
    bytes32 zone; // whose clocks tell those hours: an IANA name, left-aligned ("Europe/London")
    uint64[] rates; // token units per base unit, one for each block, below 2**40
    int64[] expected; // base units expected of all in all periods, one for each block; negative: fed in
    bytes32 roster; // root over who may join, with which meter and volumes: `memberLeaf`
    uint64 exitFee; // token units, below 2**63
    uint64 retailerDeposit; // token units in escrow for what members feed in and for corrections, below 2**63
    bytes32 decision; // the vote that decided on this tariff (`ICommunityBallots`); zero: none was held
    uint64 expiry; // last second at which it can be signed
}

/// @notice A member's consent (EIP-712 type `Membership`).
/// @dev The type has the terms themselves where this has their struct hash, so that a wallet shows what is agreed to.
struct Membership {
    bytes32 terms; // EIP-712 struct hash of the contract's terms
    address member;
    uint32 meter;
    uint64 maxDeposit; // token units; all that it can ever owe
    uint64 expiry; // last second at which it can be used
}

/// @notice One bill of a batch.
/// @dev `volumes`: all contracted volumes of the member, `periods` × `blocks` of them, period by period; needed where
/// the period is billed by contract, and not looked at otherwise.
struct Bill {
    uint32 meter;
    uint16 period;
    int64[] volumes;
}

enum ForwardStatus {
    None,
    Cancelled,
    Signed,
    Closed
}

/// @notice What stands of a member. `member` is zero where nobody joined with that meter.
struct MemberState {
    address member;
    uint64 deposit; // what is left of it
    uint16 billed; // periods billed
    uint16 last; // periods that are billed in all: fewer than the contract's after an exit
    bool based; // a register was seen, so that the next is billed by the difference to it
    bool exited; // it left before the last period's end; `last` is then final
    int64[4] accounted; // base units of each block, net import, up to which is paid for, once `based`
    bytes32 volumesHash;
}

/// @title Forward contracts: one tariff for the members of a community, billed period by period from their registers.
/// @notice Retailer and community sign the terms: rates for blocks of hours, periods, expected volumes, the roster. A
/// contract's key is keccak256(abi.encode(chain id at deployment, this, lower party, higher party, nonce)); a slot once
/// written is never used again. Nobody is billable for being on the roster: a member becomes so by its own call or
/// signature over the key, its meter and a maximum deposit, which is taken from its balance here at once. Its liability
/// ends there.
///
/// A bill is a pure function of the terms, the member's state and the registry's registers, made by anyone, period by
/// period, once the register at the period's end is posted or WINDOW has passed after it. Net import is what was
/// imported less what was exported, block by block.
///   - Register posted, an earlier one seen: volume = register − accounted; accounted = register.
///   - Register posted, none seen before: volume = the contracted one; accounted = register.
///   - Register missing: volume = the contracted one; accounted += it (nothing, where no register was seen). So
///     whatever was billed by contract is put right by the next register, and withholding one gains nobody anything
///     for longer.
/// In period 0 the register at the contract's first boundary is looked at first, and must be final too: where it was
/// posted it is `accounted`, and the period is billed by difference. Where the register at the end is missing as well,
/// the base stands, and the contracted volume is added to it.
/// amount = Σ rate × volume. Positive: from the member's deposit to the retailer's balance, as far as the deposit
/// reaches. Negative: from the retailer's deposit to the member's balance, as far as that reaches. What is short is
/// logged and owed by nobody.
///
/// Exit: by the member, at any time before the last period's end; the fee goes to the retailer at once, as far as the
/// deposit reaches. It ends with the period that is running (before the start: at once, unbilled). After a member's
/// last bill what is left of its deposit is in its balance. After the last member's last bill, and not before the last
/// boundary, the retailer has its deposit back. Billing, exits and closing can never be stopped.
///
/// What to know. While a contract supplies a meter, the registry lets that meter neither sell nor buy elsewhere, so
/// that no kWh is paid for twice; therefore a member joins while the start is still beyond the market's HORIZON. The
/// volumes are published when a member joins, so that anyone can bill a silent meter. Terms are shown with each call
/// and compared with the hash in the slot. Hours are told by the meter: a schedule is named by its hash in each
/// register that the meter signs; the contract proves that every hour of the week has exactly one rate, and hours that
/// a change of clocks repeats or leaves out follow their hour's rate.
///
/// What is not insured. A false register signed by the meter's own key bills as if it were true, up to the deposit. A
/// last register that is missing leaves the contracted volume as the last word. A retailer whose deposit is used up
/// pays for no more feed-in.
///
/// Trust assumptions: the guardian can stop signing and joining for a while and nothing else; the registry and the
/// token are the market's own; nobody's silence locks tokens.
interface IForwardContracts is ICommunityBallots, IMarketAccount, IGuardedPause, IMarketTime, ISigned {
    /// @dev With both signatures (64 or 65 bytes, or what ERC-1271 accepted).
    event ForwardSigned(
        bytes32 indexed key,
        address indexed retailer,
        address indexed community,
        ForwardTerms terms,
        bytes retailerSignature,
        bytes communitySignature
    );
    event ForwardCancelled(bytes32 indexed key, address indexed by);
    /// @dev `signature` is empty where the member called itself.
    event MemberJoined(
        bytes32 indexed key, uint32 indexed meter, Membership membership, int64[] volumes, bytes signature
    );
    /// @dev Volumes are net base units of each block, zero where there is no such block; `metered`: they are the
    /// difference of two registers, not the contracted ones. `amount` is what is owed by the rates, negative: to the
    /// member; `paid` what moved, in the same direction.
    event MemberBilled(
        bytes32 indexed key,
        uint32 indexed meter,
        uint16 indexed period,
        bool metered,
        int64[4] volumes,
        int256 amount,
        uint256 paid
    );
    /// @dev `lastPeriods`: how many periods are billed in all.
    event MemberExited(bytes32 indexed key, uint32 indexed meter, uint16 lastPeriods, uint256 fee);
    /// @dev After the last bill, or an exit before the start.
    event MemberClosed(bytes32 indexed key, uint32 indexed meter, uint256 refunded);
    event ForwardClosed(bytes32 indexed key, uint256 refunded);

    error SelfForward(address party);
    /// @dev `index`: the first boundary that is not later than the one before it, or their number where that is not 2
    /// to 64.
    error BadBoundaries(uint256 index);
    /// @dev Too many or no blocks, or as many rates or expected volumes as there are blocks are not given.
    error BadBlocks(uint256 blocks, uint256 rates, uint256 expected);
    /// @dev Hours that stand in an earlier block too.
    error OverlappingBlocks(uint256 index, uint168 hoursOfWeek);
    /// @dev Hours that stand in no block.
    error MissingHours(uint168 hoursOfWeek);
    error RateOverflow(uint256 index, uint64 rate);
    error ZeroVolume();
    error ForwardOverflow(bytes32 name, uint64 value);
    error ForwardKeyUsed(bytes32 key, ForwardStatus status);
    error WrongForwardStatus(bytes32 key, ForwardStatus status, ForwardStatus expected);
    error NotOnRoster(bytes32 key, address member, uint32 meter);
    /// @dev Not `periods` × `blocks` of them, one of 2**54 or more in magnitude, or not the ones published.
    error BadVolumes(bytes32 key, uint32 meter);
    error ZeroDeposit();
    error AlreadyMember(bytes32 key, uint32 meter);
    error NotAMember(bytes32 key, uint32 meter);
    error NotTheMember(bytes32 key, uint32 meter, address caller, address member);
    /// @dev Bills are made in order; `expected` is the next one, or the number of periods where all are made.
    error WrongPeriod(bytes32 key, uint32 meter, uint16 period, uint16 expected);
    error PeriodNotFinal(uint32 meter, uint32 at, uint256 silence, uint256 time);
    error ExitTooLate(bytes32 key, uint32 meter, uint256 end, uint256 time);
    error AlreadyExited(bytes32 key, uint32 meter, uint16 lastPeriods);
    error MembersOpen(bytes32 key, uint32 open);
    error ContractRunning(bytes32 key, uint256 end, uint256 time);

    // Signing ---------------------------------------------------------------------------------------------------------
    /// @notice Records what both signed; anyone may submit it. Takes `retailerDeposit` from the retailer's balance.
    /// What is wrong is named in this order: PausedUntil; SelfForward; NonceOutOfRange; BadBoundaries; BadBlocks;
    /// RateOverflow; OverlappingBlocks; MissingHours; ZeroVolume (nothing expected in any block); ForwardOverflow
    /// (exitFee, retailerDeposit); OfferExpired; GateClosed (of the first boundary); BadSignature (retailer,
    /// community); NotDecided; InsufficientBalance; ForwardKeyUsed.
    function signForward(
        ForwardTerms calldata terms,
        bytes calldata retailerSignature,
        bytes calldata communitySignature
    ) external returns (bytes32 key);
    /// @notice Either party burns a contract's number before it is signed. Refusals in this order: SelfForward;
    /// NonceOutOfRange; ForwardKeyUsed.
    function cancelForward(address counterpart, uint64 nonce) external;
    /// @notice A member takes part: by its own call (empty `signature`) or by its signature, submitted by anyone.
    /// `volumes`: `periods` × `blocks` contracted volumes, period by period. `proof` shows
    /// `memberLeaf(member, meter, keccak256(abi.encode(volumes)))` under the roster's root.
    /// Refusals in this order: PausedUntil; TermsMismatch (also where `membership` is a consent to other terms);
    /// WrongForwardStatus; OfferExpired; BadVolumes; NotOnRoster; ZeroDeposit; BadSignature (also where another calls
    /// with an empty one); ForwardOverflow (maxDeposit, from 2**63); InsufficientBalance; AlreadyMember; then what the
    /// registry says to the supply of the meter from the first boundary to the last.
    function joinForward(
        ForwardTerms calldata terms,
        Membership calldata membership,
        int64[] calldata volumes,
        bytes32[] calldata proof,
        bytes calldata signature
    ) external;

    // Billing ---------------------------------------------------------------------------------------------------------
    /// @notice Bills one period of one member; anyone may. Refusals in this order: TermsMismatch; WrongForwardStatus;
    /// NotAMember; WrongPeriod; PeriodNotFinal (in period 0 of the first boundary, then of the period's end);
    /// BadVolumes (where they are needed and not the ones published).
    function billMember(ForwardTerms calldata terms, Bill calldata bill) external;
    /// @notice Bills many members of one contract; an item that fails is skipped and logged as `ItemSkipped`, with the
    /// contract's key. Items are expected well encoded; bits beyond a type revert the whole batch, as too little gas
    /// does. Refusals of all: TermsMismatch; WrongForwardStatus.
    function billBatch(ForwardTerms calldata terms, Bill[] calldata bills) external returns (uint256 billed);

    // Leaving ---------------------------------------------------------------------------------------------------------
    /// @notice The member itself leaves. Refusals in this order: TermsMismatch; WrongForwardStatus; NotAMember;
    /// NotTheMember; AlreadyExited; ExitTooLate.
    function exitForward(ForwardTerms calldata terms, uint32 meter) external;
    /// @notice The retailer's deposit goes back; anyone may call. Refusals in this order: TermsMismatch;
    /// WrongForwardStatus; ContractRunning (before the last boundary); MembersOpen.
    function closeForward(ForwardTerms calldata terms) external;

    /// @notice `termsHash` is the EIP-712 struct hash of the terms, whole.
    function forwardSlot(bytes32 key)
        external
        view
        returns (ForwardStatus status, uint32 openMembers, uint64 retailerDeposit, bytes32 termsHash);
    function memberState(bytes32 key, uint32 meter) external view returns (MemberState memory);
    function forwardKey(address a, address b, uint64 nonce) external view returns (bytes32);
    /// @notice EIP-712 digest that retailer and community sign.
    function forwardDigest(ForwardTerms calldata terms) external view returns (bytes32);
    /// @notice EIP-712 struct hash of the terms: what stands in the contract's slot and in a member's consent.
    function termsHashOf(ForwardTerms calldata terms) external pure returns (bytes32);
    /// @notice EIP-712 digest that a member signs.
    function membershipDigest(Membership calldata membership) external view returns (bytes32);
    /// @notice Leaf of the roster, under whose root it is shown by a tree of sorted pairs (OpenZeppelin's
    /// `MerkleProof`): keccak256(bytes.concat(keccak256(abi.encode(member, meter, volumesHash)))).
    function memberLeaf(address member, uint32 meter, bytes32 volumesHash) external pure returns (bytes32);
    /// @notice Names the hours of each register: keccak256(abi.encode(blocks, zone)).
    function scheduleOf(uint168[] calldata blocks, bytes32 zone) external pure returns (bytes32);
    /// @notice What a vote decides on: keccak256(abi.encode(retailer, rates, blocks, zone)).
    function tariffHash(ForwardTerms calldata terms) external pure returns (bytes32);
}
