// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IMeterRegistry, Meter} from "../interfaces/IMeterRegistry.sol";
import {MeterRecord, MeterRecordLib} from "../libraries/RegistrySlots.sol";
import {MarketClock} from "./MarketClock.sol";

/// @title Who takes part: the listed markets, the meters, and which market each owner lets commit his energy.
abstract contract MeterBook is MarketClock, EIP712 {
    /// @dev Three slots; a commitment reads the first only.
    struct MeterSlots {
        MeterRecord record;
        address key; // signs readings
        address attester; // countersigns them; zero if none
    }

    bytes32 private constant REGISTRATION_TYPEHASH =
        keccak256("Registration(address owner,address attester,uint8 utility,uint32 rating)");
    uint32 internal constant NEVER = type(uint32).max;

    /// @inheritdoc IMeterRegistry
    address public immutable REGISTRAR;

    /// @inheritdoc IMeterRegistry
    uint32 public meterCount;
    address[] private _markets;
    /// @dev Place of a market in the list, from 1; zero if it is not listed.
    mapping(address market => uint16 number) internal _marketNumber;
    mapping(uint32 meter => MeterSlots) internal _meters;
    mapping(address key => uint32 meter) private _meterOfKey;
    /// @dev The number of the market where the owner allows it, else zero: a commitment reads both facts in one slot.
    mapping(uint32 meter => mapping(address market => uint16 number)) internal _allowed;

    constructor(address registrar) EIP712("Wattpact", "1") {
        if (registrar == address(0)) revert ZeroAddress("registrar");
        REGISTRAR = registrar;
    }

    modifier onlyRegistrar() {
        _requireRegistrar();
        _;
    }

    /// @inheritdoc IMeterRegistry
    function listMarket(address market) external onlyRegistrar {
        // Check
        if (market == address(0)) revert ZeroAddress("market");
        if (_marketNumber[market] != 0) revert MarketAlreadyListed(market);
        uint256 number = _markets.length + 1;
        if (number > type(uint16).max) revert InvalidParameter("markets", number);

        // Effect
        _markets.push(market);
        // forge-lint: disable-next-line(unsafe-typecast)
        _marketNumber[market] = uint16(number);

        emit MarketListed(market);
    }

    /// @inheritdoc IMeterRegistry
    function register(address owner, address key, address attester, uint8 utility, uint32 rating, bytes32 r, bytes32 vs)
        external
        onlyRegistrar
        returns (uint32 meter)
    {
        // Check
        if (owner == address(0)) revert ZeroAddress("owner");
        if (key == address(0)) revert ZeroAddress("key");
        if (key == owner) revert KeyIsOwner(key);
        // An attester who is the owner or the key itself would be no second pair of eyes
        if (key == attester || owner == attester) revert InvalidParameter("attester", uint160(attester));
        if (rating == 0) revert InvalidParameter("rating", rating);
        if (_meterOfKey[key] != 0) revert KeyInUse(key, _meterOfKey[key]);
        meter = meterCount + 1;
        bytes32 structHash = keccak256(abi.encode(REGISTRATION_TYPEHASH, owner, attester, utility, rating));
        _requireSignature(meter, key, _hashTypedDataV4(structHash), r, vs);

        // Effect
        meterCount = meter;
        _meterOfKey[key] = meter;
        MeterSlots storage slots_ = _meters[meter];
        slots_.record = MeterRecordLib.pack(owner, rating, NEVER, utility);
        slots_.key = key;
        if (attester != address(0)) slots_.attester = attester;

        emit MeterRegistered(meter, owner, key, attester, utility, rating);
    }

    /// @inheritdoc IMeterRegistry
    function allowMarket(uint32 meter, address market, bool allowed) external {
        // Check
        _requireOwner(meter, msg.sender);
        uint16 number = _marketNumber[market];
        if (number == 0) revert MarketNotListed(market);

        // Effect
        _allowed[meter][market] = allowed ? number : 0;

        emit MarketAllowed(meter, market, allowed);
    }

    /// @inheritdoc IMeterRegistry
    function retire(uint32 meter, uint32 fromInterval) external {
        // Check
        MeterRecord record = _requireOwner(meter, msg.sender);
        uint32 retiredFrom = record.retiredFrom();
        if (fromInterval >= retiredFrom) revert RetiredMeter(meter, fromInterval, retiredFrom);
        _requireGateOpen(fromInterval);

        // Effect
        _meters[meter].record = record.retired(fromInterval);

        emit MeterRetired(meter, fromInterval);
    }

    /// @inheritdoc IMeterRegistry
    function meters(uint32 meter) external view returns (Meter memory) {
        MeterSlots storage slots_ = _meters[meter];
        MeterRecord record = slots_.record;
        return Meter({
            owner: record.owner(),
            rating: record.rating(),
            retiredFrom: record.retiredFrom(),
            utility: record.utility(),
            frozen: record.frozen(),
            key: slots_.key,
            attester: slots_.attester
        });
    }

    /// @inheritdoc IMeterRegistry
    function marketAllowed(uint32 meter, address market) external view returns (bool) {
        return _allowed[meter][market] != 0;
    }

    /// @inheritdoc IMeterRegistry
    function markets() external view returns (address[] memory) {
        return _markets;
    }

    function _requireRegistrar() private view {
        if (msg.sender != REGISTRAR) revert NotRegistrar(msg.sender, REGISTRAR);
    }

    function _requireOwner(uint32 meter, address claimed) internal view returns (MeterRecord record) {
        record = _meters[meter].record;
        address owner = record.owner();
        if (owner == address(0)) revert UnknownMeter(meter);
        if (owner != claimed) revert NotMeterOwner(meter, claimed, owner);
    }

    /// @dev The meter must be `claimed`'s, measure `utility` and serve at `interval`. Reads its first slot only.
    function _requireServing(uint32 meter, address claimed, uint8 utility, uint32 interval)
        internal
        view
        returns (MeterRecord record)
    {
        record = _requireOwner(meter, claimed);
        if (record.utility() != utility) revert WrongUtility(meter, record.utility(), utility);
        if (interval >= record.retiredFrom()) revert RetiredMeter(meter, interval, record.retiredFrom());
    }

    function _requireSignature(uint32 meter, address signer, bytes32 digest, bytes32 r, bytes32 vs) internal pure {
        address recovered = _signerOf(digest, r, vs);
        if (recovered != signer) revert BadMeterSignature(meter, recovered, signer);
    }

    function _signerOf(bytes32 digest, bytes32 r, bytes32 vs) internal pure returns (address recovered) {
        // The error code adds nothing: an invalid signature recovers to address zero, which is no signer
        // slither-disable-next-line unused-return
        (recovered,,) = ECDSA.tryRecover(digest, r, vs);
    }
}
