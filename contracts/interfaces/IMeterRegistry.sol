// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What a meter is. Everything but `retiredFrom` and `frozen` is fixed at registration.
/// @dev Two storage slots and a third for the attester; a commitment reads the first only.
struct Meter {
    address owner; // slot 0, bits 0..159: sells through this meter
    uint32 rating; // bits 160..191: most base units per interval, in either direction
    uint32 retiredFrom; // bits 192..223: first interval it no longer serves; type(uint32).max while it serves
    uint8 utility; // bits 224..231: which utility it measures
    bool frozen; // bits 232..239: two conflicting readings were shown; it can commit no more
    address key; // slot 1: signs readings
    address attester; // slot 2: countersigns readings; zero if none
}

/// @notice What is known of one meter in one interval, in base units (Wh, litres).
/// @dev One storage slot.
struct MeterSlot {
    uint64 exported; // bits 0..63
    uint64 imported; // bits 64..127
    uint64 committed; // bits 128..191: the length of the queue of deals on this interval
    bool recorded; // bits 192..199: a reading has been posted; it is final
}

/// @notice A reading as the meter signs it (EIP-712 type `Reading`).
struct Reading {
    uint32 meter;
    uint32 interval;
    uint64 exported;
    uint64 imported;
}

/// @notice A reading with compact (EIP-2098) signatures; the attester's are zero where the meter has none.
struct SignedReading {
    Reading reading;
    bytes32 r;
    bytes32 vs;
    bytes32 attesterR;
    bytes32 attesterVs;
}

/// @notice A meter's registers at the end of a period, as it signs them (EIP-712 type `Registers`).
struct Registers {
    uint32 meter;
    uint32 at; // as they stand at the start of this interval
    bytes32 schedule; // names the hours that each register counts (`IForwardContracts.scheduleOf`)
    uint64[4] imported; // base units since the meter was made, below 2**60; zero where there is no such register
    uint64[4] exported;
}

/// @notice Registers with compact (EIP-2098) signatures; the attester's are zero where the meter has none.
struct SignedRegisters {
    Registers registers;
    bytes32 r;
    bytes32 vs;
    bytes32 attesterR;
    bytes32 attesterVs;
}

/// @notice A market that supplies a meter, in intervals from `from` on and before `to`. `market` is zero where none
/// does.
struct Supply {
    address market;
    uint32 from;
    uint32 to;
}

/// @title The root of a market: time, meters, readings, and the queue of energy that each meter has promised.
/// @notice Trust assumptions. The registrar decides which meters exist and which markets are listed; it can neither
/// alter a meter nor commit its energy: that takes a listed market *and* the owner's opt-in to it. A meter's key is
/// believed about its own readings; a single false reading signed by that key (and its attester) is not insured.
interface IMeterRegistry {
    event MarketListed(address indexed market);
    event MeterRegistered(
        uint32 indexed meter, address indexed owner, address key, address attester, uint8 utility, uint32 rating
    );
    event MarketAllowed(uint32 indexed meter, address indexed market, bool allowed);
    event MeterRetired(uint32 indexed meter, uint32 fromInterval);
    event MeterFrozen(uint32 indexed meter, uint32 indexed interval);
    event ReadingPosted(uint32 indexed meter, uint32 indexed interval, uint64 exported, uint64 imported);
    event ReadingSkipped(uint32 indexed meter, uint32 indexed interval, bytes reason);
    event Committed(
        uint32 indexed meter, uint32 indexed interval, address indexed market, uint64 position, uint64 quantity
    );
    event Uncommitted(uint32 indexed meter, uint32 indexed interval, address indexed market, uint64 quantity);
    event RegistersPosted(
        uint32 indexed meter, uint32 indexed at, bytes32 indexed schedule, uint64[4] imported, uint64[4] exported
    );
    event RegistersSkipped(uint32 indexed meter, uint32 indexed at, bytes reason);
    event Supplied(uint32 indexed meter, address indexed market, uint32 from, uint32 to);
    event SupplyEnded(uint32 indexed meter, address indexed market, uint32 from, uint32 to);
    event Aggregated(uint32 indexed meter, uint32 indexed into, uint32 from);

    /// @dev A constructor argument breaks a rule: interval below 2 s, zero window, epoch of zero, …
    error InvalidParameter(bytes32 name, uint256 value);
    error ZeroAddress(bytes32 name);
    error NotRegistrar(address caller, address registrar);
    error MarketAlreadyListed(address market);
    error MarketNotListed(address market);
    error UnknownMeter(uint32 meter);
    error NotMeterOwner(uint32 meter, address caller, address owner);
    error KeyIsOwner(address key);
    error KeyInUse(address key, uint32 meter);
    error MarketNotAllowed(uint32 meter, address market);
    error WrongUtility(uint32 meter, uint8 utility, uint8 expected);
    error RetiredMeter(uint32 meter, uint32 interval, uint32 retiredFrom);
    error FrozenMeter(uint32 meter);
    error SameMeter(uint32 meter);
    error ZeroQuantity();
    error GateClosed(uint32 interval, uint256 gate, uint256 time);
    error BeyondHorizon(uint32 interval, uint256 horizon, uint256 time);
    error RatingExceeded(uint32 meter, uint32 interval, uint256 quantity, uint32 rating);
    error QueueTooLong(uint32 meter, uint32 interval, uint64 committed, uint64 maxAhead);
    error NotQueueTail(uint32 meter, uint32 interval, uint256 end, uint64 committed);
    /// @dev The tail of the queue was taken by another market, or lies under a place that another market gave back.
    error NotPlaceHolder(uint32 meter, uint32 interval, address market);
    error ItemGasTooLow(uint256 item, uint256 available, uint256 required);
    error ReadingTooEarly(uint32 meter, uint32 interval, uint256 time, uint256 end);
    error ReadingTooLate(uint32 meter, uint32 interval, uint256 time, uint256 closed);
    error ReadingExists(uint32 meter, uint32 interval);
    error BadMeterSignature(uint32 meter, address recovered, address expected);
    error NoConflict(uint32 meter, uint32 interval);
    error RegistersExist(uint32 meter, uint32 at, bytes32 schedule);
    error RegisterOverflow(uint32 meter, uint32 at);
    /// @dev The meter is supplied by a market in `interval`: it neither sells nor buys there elsewhere.
    error SuppliedMeter(uint32 meter, uint32 interval, address market);
    /// @dev A supply begins only beyond the horizon, where no deal can have been recorded yet.
    error SupplyTooSoon(uint32 meter, uint32 from, uint256 horizon);
    error EmptySupply(uint32 meter, uint32 from, uint32 to);
    error NotSupplier(uint32 meter, address caller, address market);
    /// @dev The meter is behind the meter `into` from `from` on, and sells nothing of its own.
    error AggregatedMeter(uint32 meter, uint32 into, uint32 from);
    /// @dev A meter that others are behind goes behind none.
    error HasSubmeters(uint32 meter);

    function EPOCH() external view returns (uint64);
    function INTERVAL() external view returns (uint32);
    function GATE() external view returns (uint32);
    function HORIZON() external view returns (uint32);
    function WINDOW() external view returns (uint32);
    function REGISTRAR() external view returns (address);

    /// @notice Lists a market. Append-only; a listed market still commits nothing without each owner's opt-in.
    function listMarket(address market) external;

    /// @notice Registers a meter; only the registrar. `r`, `vs`: the key's own signature over
    /// `Registration(address owner,address attester,uint8 utility,uint32 rating)`, so that nobody registers a key that
    /// is not his device's. Ids count from 1 and are never used again; zero means "no meter".
    function register(address owner, address key, address attester, uint8 utility, uint32 rating, bytes32 r, bytes32 vs)
        external
        returns (uint32 meter);

    /// @notice The owner lets a listed market commit this meter's energy, or stops it from new commitments.
    function allowMarket(uint32 meter, address market, bool allowed) external;

    /// @notice The owner retires a meter from an interval whose gate has not passed. It cannot be undone or postponed.
    function retire(uint32 meter, uint32 fromInterval) external;

    /// @notice Posts one reading in [end, end + WINDOW); anyone may. Reverts if it is not accepted.
    function post(SignedReading calldata signed) external;

    /// @notice Posts many; one that is not accepted is skipped and logged as `ReadingSkipped` with its error.
    function postBatch(SignedReading[] calldata signed) external returns (uint256 posted);

    /// @notice Shows two readings of one meter and interval, both signed by its key, that differ. The posted one
    /// stands; the meter is frozen. Attesters are not asked: two signatures of one key are proof enough.
    function proveConflict(Reading calldata a, bytes32 aR, bytes32 aVs, Reading calldata b, bytes32 bR, bytes32 bVs)
        external;

    /// @notice Takes the next place in the queue of `meter` at `interval` for the calling market.
    /// @param owner who sells, must own `meter`
    /// @param buyerMeter the buyer's meter: same utility, owned by `buyer`, not `meter`, serving; zero for a provider
    /// Refusals in this order: ZeroQuantity; GateClosed; BeyondHorizon; of the seller's meter UnknownMeter,
    /// NotMeterOwner, WrongUtility, RetiredMeter, AggregatedMeter, SuppliedMeter, FrozenMeter; MarketNotAllowed;
    /// SameMeter; what `checkBuyer` says; QueueTooLong; RatingExceeded.
    /// @param maxAhead most base units that may already stand in the queue
    /// @return position base units promised before this quantity
    function commit(
        uint32 meter,
        address owner,
        uint32 buyerMeter,
        address buyer,
        uint8 utility,
        uint32 interval,
        uint64 quantity,
        uint64 maxAhead
    ) external returns (uint64 position);

    /// @notice Gives back the tail of a queue before its gate. Only for a place within the run of places at the tail
    /// that the calling market itself took last: the slot remembers that market and where its run begins, so no listed
    /// market can give back another's place. (A market's run that lies under another's stays committed for good.)
    function uncommit(uint32 meter, uint32 interval, uint64 position, uint64 quantity) external;

    /// @notice Reverts unless `buyer` owns `buyerMeter`, it measures `utility`, serves at `interval` and is not
    /// supplied by a market then. Refusals in this order: UnknownMeter; NotMeterOwner; WrongUtility; RetiredMeter;
    /// SuppliedMeter.
    function checkBuyer(uint32 buyerMeter, address buyer, uint8 utility, uint32 interval) external view;

    /// @notice Whether the export of an interval is settled, by a reading or by silence after end + WINDOW.
    function finalExport(uint32 meter, uint32 interval) external view returns (bool isFinal, uint64 exported);

    /// @notice Posts registers in [start of `at`, that + WINDOW); anyone may; the first are final. Refusals in this
    /// order: UnknownMeter; ReadingTooEarly; ReadingTooLate; RegistersExist; RegisterOverflow; BadMeterSignature.
    function postRegisters(SignedRegisters calldata signed) external;

    /// @notice Posts many; what is not accepted is skipped and logged as `RegistersSkipped` with its error.
    function postRegistersBatch(SignedRegisters[] calldata signed) external returns (uint256 posted);

    /// @notice As `proveConflict`, for two sets of registers of one meter, time and schedule; `MeterFrozen` names `at`.
    function proveRegisterConflict(
        Registers calldata a,
        bytes32 aR,
        bytes32 aVs,
        Registers calldata b,
        bytes32 bR,
        bytes32 bVs
    ) external;

    /// @notice Net import (imported less exported) of each register at the start of `at`. `isFinal` by posting, or by
    /// silence for WINDOW after it; `posted` tells which.
    function registersAt(uint32 meter, uint32 at, bytes32 schedule)
        external
        view
        returns (bool isFinal, bool posted, int64[4] memory net);

    /// @notice The calling market, listed and allowed by the owner, supplies a meter from an interval beyond the
    /// horizon on: in [from, to) the meter neither sells nor buys. Of supplies that are not over (`to` has not begun)
    /// there are at most two, one and the one after it, so that a contract can be renewed while it runs. Refusals in
    /// this order: UnknownMeter; NotMeterOwner; WrongUtility; RetiredMeter (at `from`); MarketNotAllowed; EmptySupply
    /// (from ≥ to); SupplyTooSoon; AggregatedMeter; SuppliedMeter (where a supply that is not over reaches beyond
    /// `from`, or two are not; it names the first that reaches beyond `from`, else the second).
    function supply(uint32 meter, address owner, uint8 utility, uint32 from, uint32 to) external;

    /// @notice The supplying market ends its supply that begins at `from` earlier than it said. An end at or before the
    /// begin leaves no supply. Refusals in this order: NotSupplier (none begins there, or it is another market's;
    /// `market` is that one's); EmptySupply (where `to` is later than it was).
    function endSupply(uint32 meter, uint32 from, uint32 to) external;

    /// @notice The owner declares that a meter is behind another, a community's, which sells for all behind it. From an
    /// interval beyond the horizon on, the meter sells nothing itself. It cannot be undone: a change is a new meter.
    /// Refusals in this order: UnknownMeter; NotMeterOwner; SameMeter; UnknownMeter (`into`); WrongUtility (`into`);
    /// AggregatedMeter (`meter`, then `into`); HasSubmeters; SuppliedMeter (where a supply reaches beyond that
    /// interval).
    function aggregate(uint32 meter, uint32 into) external;

    /// @notice The supplies last recorded, at most two, in the order of their times; they stay after they are over,
    /// until another takes their place.
    function suppliesOf(uint32 meter) external view returns (Supply[2] memory);
    /// @notice The meter that `meter` is behind, and from when; zero: none.
    function aggregateOf(uint32 meter) external view returns (uint32 into, uint32 from);
    /// @notice EIP-712 digest of registers, as their meter signs them.
    function registersDigest(Registers calldata registers) external view returns (bytes32);

    function meters(uint32 meter) external view returns (Meter memory);
    function meterCount() external view returns (uint32);
    function slots(uint32 meter, uint32 interval) external view returns (MeterSlot memory);
    function marketAllowed(uint32 meter, address market) external view returns (bool);
    function markets() external view returns (address[] memory);
    function startOf(uint32 interval) external view returns (uint256);
    /// @notice Last second at which anything is recorded for `interval`: its start − GATE.
    function gateOf(uint32 interval) external view returns (uint256);
    /// @notice EIP-712 digest of a reading, as its meter signs it.
    function readingDigest(Reading calldata reading) external view returns (bytes32);
}
