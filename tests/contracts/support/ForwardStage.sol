// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Numbers of people and places are small.
// forge-lint: disable-start(unsafe-typecast)

import {
    Bill,
    ForwardTerms,
    IForwardContracts,
    MemberState,
    Membership
} from "../../../contracts/interfaces/IForwardContracts.sol";
import {Registers, SignedRegisters} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {Stage} from "./Stage.sol";
import {Tree} from "./Tree.sol";

/// @title A desk for forward contracts on the stage, a retailer, a community, and citizens with meters and deposits.
/// @notice Two rates: a day's, from 8 to 20 o'clock, and a night's. Three periods of a hundred intervals each, that
/// begin beyond the horizon.
abstract contract ForwardStage is Stage {
    uint64 internal constant DAY_RATE = 300;
    uint64 internal constant NIGHT_RATE = 120;
    uint64 internal constant EXIT_FEE = 40_000;
    uint64 internal constant MOST = 900_000; // a member's deposit
    uint64 internal constant RETAILER_DEPOSIT = 500_000;
    uint32 internal constant FIRST = 200;
    uint32 internal constant PERIOD = 100;
    uint256 internal constant PERIODS = 3;
    uint32 internal constant PAUSE_LENGTH = 3 days;
    uint32 internal constant PAUSE_COOLDOWN = 10 days;
    uint256 internal constant STAKE = 1_000_000_000;
    uint256 internal constant RETAILER = 700;
    uint256 internal constant COMMUNITY = 701;
    address internal constant GUARDIAN = address(0x60A7D);
    address internal constant STRANGER = address(0x57A6E);
    bytes32 internal constant ZONE = "Europe/London";

    IForwardContracts internal desk;
    /// @dev Numbers of the people on the roster, in its order.
    uint256[] internal citizens;
    mapping(uint256 citizen => uint32) internal meterOf;

    function _openDesk() internal {
        _stage();
        desk = _newForwards(address(token), address(registry), ELECTRICITY, GUARDIAN, PAUSE_LENGTH, PAUSE_COOLDOWN);
        VM.prank(REGISTRAR);
        registry.listMarket(address(desk));
        _stake(RETAILER, STAKE);
    }

    /// @dev Persons 1 … count, each with a meter that the desk may supply, and with STAKE there.
    function _settle(uint256 count) internal {
        for (uint256 n = 1; n <= count; ++n) {
            citizens.push(n);
            meterOf[n] = _meter(n);
            _allow(n, meterOf[n], address(desk));
            _stake(n, STAKE);
        }
    }

    function _stake(uint256 n, uint256 amount) internal {
        _fund(n, amount);
        VM.startPrank(_person(n));
        token.approve(address(desk), amount);
        desk.deposit(amount);
        VM.stopPrank();
    }

    // Terms

    function _forward(uint64 nonce) internal view returns (ForwardTerms memory terms) {
        terms.retailer = _person(RETAILER);
        terms.community = _person(COMMUNITY);
        terms.nonce = nonce;
        terms.boundaries = new uint32[](PERIODS + 1);
        for (uint32 i = 0; i <= PERIODS; ++i) {
            terms.boundaries[i] = FIRST + PERIOD * i;
        }
        (terms.blocks, terms.zone) = (_blocks(), ZONE);
        terms.rates = new uint64[](2);
        (terms.rates[0], terms.rates[1]) = (DAY_RATE, NIGHT_RATE);
        terms.expected = new int64[](2);
        (terms.expected[0], terms.expected[1]) = (20_000, -1_000);
        terms.roster = Tree.root(_roster());
        terms.exitFee = EXIT_FEE;
        terms.retailerDeposit = RETAILER_DEPOSIT;
        terms.expiry = EPOCH + 100;
    }

    /// @dev Hours 8 to 19 of every day, and the others.
    function _blocks() internal pure returns (uint168[] memory blocks) {
        blocks = new uint168[](2);
        for (uint256 day = 0; day < 7; ++day) {
            for (uint256 hour = 8; hour < 20; ++hour) {
                blocks[0] |= uint168(1) << uint168(24 * day + hour);
            }
        }
        blocks[1] = ~blocks[0];
    }

    function _schedule() internal pure returns (bytes32) {
        return keccak256(abi.encode(_blocks(), ZONE));
    }

    /// @dev Person n's contracted volumes: 1,000n by day, and alternately fed in and taken by night.
    function _volumes(uint256 n) internal pure returns (int64[] memory volumes) {
        volumes = new int64[](2 * PERIODS);
        for (uint256 i = 0; i < PERIODS; ++i) {
            volumes[2 * i] = int64(uint64(1_000 * n));
            volumes[2 * i + 1] = (i % 2 == 0 ? int64(-100) : int64(300)) * int64(uint64(n));
        }
    }

    function _roster() internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](citizens.length);
        for (uint256 i = 0; i < citizens.length; ++i) {
            uint256 n = citizens[i];
            bytes32 volumes = keccak256(abi.encode(_volumes(n)));
            leaves[i] = keccak256(abi.encodePacked(keccak256(abi.encode(_person(n), meterOf[n], volumes))));
        }
    }

    /// @dev Branch of person n, who stands at place n − 1.
    function _proof(uint256 n) internal view returns (bytes32[] memory) {
        return Tree.branch(_roster(), n - 1);
    }

    // Signing and joining

    function _sign(ForwardTerms memory terms) internal returns (bytes32) {
        bytes32 digest = desk.forwardDigest(terms);
        return desk.signForward(terms, _signature(RETAILER, digest), _signature(COMMUNITY, digest));
    }

    function _membership(ForwardTerms memory terms, uint256 n) internal view returns (Membership memory) {
        return Membership({
            terms: desk.termsHashOf(terms),
            member: _person(n),
            meter: meterOf[n],
            maxDeposit: MOST,
            expiry: EPOCH + 1_000
        });
    }

    function _join(ForwardTerms memory terms, uint256 n) internal {
        Membership memory membership = _membership(terms, n);
        (int64[] memory volumes, bytes32[] memory proof) = (_volumes(n), _proof(n));
        VM.prank(_person(n));
        desk.joinForward(terms, membership, volumes, proof, "");
    }

    /// @dev A signed contract that all citizens have joined.
    function _running(uint64 nonce) internal returns (ForwardTerms memory terms, bytes32 key) {
        terms = _forward(nonce);
        key = _sign(terms);
        for (uint256 i = 0; i < citizens.length; ++i) {
            _join(terms, citizens[i]);
        }
    }

    // Registers and bills

    /// @dev Register i of person n: what was imported where `net` is positive, exported where it is not.
    function _registers(uint256 n, uint32 at, int64 day, int64 night) internal view returns (SignedRegisters memory) {
        Registers memory registers;
        (registers.meter, registers.at, registers.schedule) = (meterOf[n], at, _schedule());
        (registers.imported[0], registers.exported[0]) = _split(day);
        (registers.imported[1], registers.exported[1]) = _split(night);
        return _signed(1000 + n, registers);
    }

    function _signed(uint256 key, Registers memory registers) internal view returns (SignedRegisters memory signed) {
        signed.registers = registers;
        (signed.r, signed.vs) = VM.signCompact(key, registry.registersDigest(registers));
    }

    function _boundary(uint256 period) internal pure returns (uint32) {
        return FIRST + PERIOD * uint32(period);
    }

    function _startOf(uint32 interval) internal pure returns (uint256) {
        return EPOCH + uint256(interval) * INTERVAL;
    }

    /// @dev To the start of a period (of the one after the last, at the end).
    function _warpTo(uint256 period) internal {
        VM.warp(_startOf(_boundary(period)));
    }

    /// @dev Until the register at the start of a period is final by silence.
    function _warpPast(uint256 period) internal {
        VM.warp(_startOf(_boundary(period)) + WINDOW);
    }

    /// @dev Person n's registers at the start of a period, posted as soon as they can be.
    function _post(uint256 n, uint256 period, int64 day, int64 night) internal {
        if (block.timestamp < _startOf(_boundary(period))) _warpTo(period);
        registry.postRegisters(_registers(n, _boundary(period), day, night));
    }

    function _bill(ForwardTerms memory terms, uint256 n, uint16 period) internal {
        desk.billMember(terms, _billOf(n, period, false));
    }

    function _billByContract(ForwardTerms memory terms, uint256 n, uint16 period) internal {
        desk.billMember(terms, _billOf(n, period, true));
    }

    function _billOf(uint256 n, uint16 period, bool byContract) internal view returns (Bill memory) {
        return Bill({meter: meterOf[n], period: period, volumes: byContract ? _volumes(n) : new int64[](0)});
    }

    function _state(bytes32 key, uint256 n) internal view returns (MemberState memory) {
        return desk.memberState(key, meterOf[n]);
    }

    function _balance(uint256 n) internal view returns (uint256) {
        return desk.balanceOf(_person(n));
    }

    function _signature(uint256 n, bytes32 digest) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 vs) = VM.signCompact(n, digest);
        return abi.encodePacked(r, vs);
    }

    function _split(int64 net) internal pure returns (uint64 imported, uint64 exported) {
        return net >= 0 ? (uint64(net), uint64(0)) : (uint64(0), uint64(-net));
    }
}
