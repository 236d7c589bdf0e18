// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Numbers are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {
    Bill,
    ForwardStatus,
    ForwardTerms,
    MemberState,
    Membership
} from "../../../contracts/interfaces/IForwardContracts.sol";
import {IMeterRegistry, SignedRegisters} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {ForwardStage} from "../support/ForwardStage.sol";
import {MoreVm} from "./MoreVm.sol";

// The desk may refuse a move; what it says then is for the unit tests.
// solhint-disable no-empty-blocks

/// @title Two forward contracts that follow each other, four citizens who do anything, and what the desk should hold.
/// @notice A move that the desk accepts and the model forbids is written down as a broken rule.
contract ForwardHandler is ForwardStage {
    /// @dev A citizen in a contract, as the model has it.
    struct Row {
        bool joined;
        bool exited;
        uint256 billed;
        uint256 last;
        uint256 deposit;
        uint256 brought;
        uint256 taken; // of what was brought, for bills and the fee
        bool seen;
        int256[2] read; // the last register, with what was billed by contract since
    }

    struct Said {
        bool posted;
        int256[2] net;
    }

    MoreVm private constant MORE = MoreVm(address(VM));
    address private immutable OWNER = msg.sender;
    uint256 private constant PEOPLE = 4;
    uint256 private constant CONTRACTS = 2;
    uint256 private constant BOUNDARIES = CONTRACTS * PERIODS + 1;

    /// @notice The first rule that was seen broken; empty while all is well.
    string public violation;
    /// @notice How often the desk did what a move asked for.
    mapping(string move => uint256 times) public done;

    ForwardTerms[2] private _terms;
    bytes32[2] private _keys;
    bool[2] private _isSigned;
    bool[2] private _closed;
    uint256[2] private _escrow;
    mapping(uint256 which => mapping(uint256 citizen => Row)) private _rows;
    mapping(uint256 citizen => mapping(uint256 boundary => Said)) private _said;
    mapping(uint256 citizen => uint256) private _free;
    uint256 private _given;
    uint256 private _pauseEnd;

    constructor() {
        _openDesk();
        _settle(PEOPLE);
        for (uint64 i = 0; i < CONTRACTS; ++i) {
            ForwardTerms memory terms = _forward(i + 1);
            for (uint256 j = 0; j <= PERIODS; ++j) {
                terms.boundaries[j] = _boundary(i * PERIODS + j);
            }
            terms.expiry = type(uint64).max;
            _terms[i] = terms;
            _keys[i] = desk.forwardKey(terms.retailer, terms.community, terms.nonce);
        }
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            _free[n] = STAKE;
        }
        _free[RETAILER] = STAKE;
    }

    // Moves

    function sign(uint256 seed) external {
        uint256 which = seed % CONTRACTS;
        ForwardTerms memory terms = _terms[which];
        bytes32 digest = desk.forwardDigest(terms);
        bool forged = _chance(seed, "forged", 5);
        bytes memory retailers = _signature(forged ? COMMUNITY : RETAILER, digest);
        bytes memory communities = _signature(COMMUNITY, digest);
        VM.prank(STRANGER);
        try desk.signForward(terms, retailers, communities) {
            _demand(!forged && !_isSigned[which], "14: signed without consent, or twice");
            _demand(_now() >= _pauseEnd, "8: signed while paused");
            _isSigned[which] = true;
            _escrow[which] = RETAILER_DEPOSIT;
            _free[RETAILER] -= RETAILER_DEPOSIT;
            ++done["sign"];
        } catch {}
    }

    function join(uint256 seed) external {
        (uint256 which, uint256 n) = _whom(seed);
        Row storage row = _rows[which][n];
        Membership memory membership = _membership(_terms[which], n);
        membership.expiry = type(uint64).max;
        membership.maxDeposit = uint64(_pick(seed, "deposit", 0, _chance(seed, "rich", 3) ? 3_000_000 : 150_000));
        bool forged = _chance(seed, "forged", 6);
        bytes memory signature = _signature(forged ? n % PEOPLE + 1 : n, desk.membershipDigest(membership));
        (int64[] memory volumes, bytes32[] memory proof) = (_volumes(n), _proof(n));
        VM.prank(STRANGER);
        try desk.joinForward(_terms[which], membership, volumes, proof, signature) {
            _demand(!forged, "14: a member without its consent");
            _demand(_isSigned[which] && !row.joined, "14: joined twice, or what is not signed");
            _demand(_now() >= _pauseEnd, "8: joined while paused");
            _demand(_begin(which) > _now() + uint256(HORIZON) * INTERVAL, "14: joined when deals could stand");
            (row.joined, row.last, row.deposit) = (true, PERIODS, membership.maxDeposit);
            row.brought = membership.maxDeposit;
            _free[n] -= membership.maxDeposit;
            ++done["join"];
        } catch {}
    }

    function post(uint256 seed) external {
        uint256 n = _pick(seed, "person", 1, PEOPLE);
        uint256 boundary = _chance(seed, "any", 4) ? _pick(seed, "boundary", 0, BOUNDARIES - 1) : _latest();
        Said memory said = Said({posted: true, net: [_net(seed, "day"), _net(seed, "night")]});
        SignedRegisters memory signed = _registers(n, _boundary(boundary), int64(said.net[0]), int64(said.net[1]));
        (bool success,) = address(registry).call(abi.encodeCall(IMeterRegistry.postRegisters, (signed)));
        if (!success) return;
        _demand(!_said[n][boundary].posted, "10: registers were posted twice");
        _demand(_now() >= _at(boundary) && _now() < _at(boundary) + WINDOW, "10: posted outside their window");
        _said[n][boundary] = said;
        ++done["post"];
    }

    /// @dev Of the next period mostly, and of any.
    function bill(uint256 seed) external {
        (uint256 which, uint256 n) = _whom(seed);
        Row storage row = _rows[which][n];
        uint256 period = _chance(seed, "any", 5) ? _pick(seed, "period", 0, PERIODS) : row.billed;
        Bill memory asked = _billOf(n, uint16(period), true);
        VM.prank(STRANGER);
        try desk.billMember(_terms[which], asked) {
            _billed(which, n, period);
            ++done["bill"];
        } catch {
            _demand(!_due(which, n, period), "8: a bill that is due was refused");
        }
    }

    function billBatch(uint256 seed) external {
        uint256 which = seed % CONTRACTS;
        Bill[] memory bills = new Bill[](PEOPLE);
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            bills[n - 1] = _billOf(n, uint16(_rows[which][n].billed), true);
        }
        VM.prank(STRANGER);
        try desk.billBatch(_terms[which], bills) returns (uint256 count) {
            uint256 found = 0;
            for (uint256 n = 1; n <= PEOPLE; ++n) {
                if (desk.memberState(_keys[which], meterOf[n]).billed == _rows[which][n].billed) {
                    _demand(!_due(which, n, _rows[which][n].billed), "11: a batch skipped what is due");
                    continue;
                }
                _billed(which, n, _rows[which][n].billed);
                ++found;
            }
            _demand(found == count, "11: the batch counts what it did not bill");
            if (found != 0) ++done["billBatch"];
        } catch {
            _demand(!_isSigned[which] || _closed[which], "8: a batch of a running contract was refused");
        }
    }

    function exit(uint256 seed) external {
        if (!_chance(seed, "leaves", 3)) return;
        (uint256 which, uint256 n) = _whom(seed);
        Row storage row = _rows[which][n];
        bool other = _chance(seed, "other", 4);
        uint32 meter = meterOf[n];
        VM.prank(other ? _person(n % PEOPLE + 1) : _person(n));
        try desk.exitForward(_terms[which], meter) {
            _demand(!other && row.joined && !row.exited, "14: left for another, or twice");
            _demand(_now() < _at((which + 1) * PERIODS), "14: left after the end");
            uint256 last = 0;
            while (last < PERIODS && _at(which * PERIODS + last) <= _now()) ++last;
            uint256 fee = row.deposit < EXIT_FEE ? row.deposit : EXIT_FEE;
            (row.exited, row.last) = (true, last);
            row.deposit -= fee;
            row.taken += fee;
            _free[RETAILER] += fee;
            if (last == 0) _emptied(row, n);
            ++done[last == 0 ? "exitBefore" : "exit"];
        } catch {
            bool due = !other && row.joined && !row.exited && !_closed[which];
            _demand(!due || _now() >= _at((which + 1) * PERIODS), "8: a member could not leave");
        }
    }

    function close(uint256 seed) external {
        uint256 which = seed % CONTRACTS;
        VM.prank(STRANGER);
        try desk.closeForward(_terms[which]) {
            _demand(_closable(which), "14: closed too early");
            _shut(which);
            ++done["close"];
        } catch {
            _demand(!_closable(which), "8: a contract that is over was not closed");
        }
    }

    /// @dev Up to twice what is there, paused or not.
    function withdraw(uint256 seed) external {
        uint256 n = _pick(seed, "person", 1, PEOPLE);
        uint256 amount = _pick(seed, "amount", 0, _free[n] / 100 * (_chance(seed, "all", 6) ? 200 : 1));
        VM.prank(_person(n));
        try desk.withdraw(amount) {
            _demand(amount <= _free[n], "14: withdrew more than was free");
            _free[n] -= amount;
            ++done["withdraw"];
        } catch {
            _demand(amount > _free[n], "8: a free balance was not paid out");
        }
    }

    function donate(uint256 seed) external {
        uint256 amount = _pick(seed, "amount", 1, 1_000);
        _fund(1, amount);
        VM.prank(_person(1));
        _demand(token.transfer(address(desk), amount), "14: a gift was refused");
        _given += amount;
        ++done["donate"];
    }

    function pause(uint256 seed) external {
        if (!_chance(seed, "alarm", 8)) return;
        VM.prank(GUARDIAN);
        try desk.pause() {
            _pauseEnd = _now() + PAUSE_LENGTH;
            ++done["pause"];
        } catch {}
    }

    /// @dev To the next boundary, or past its window, or a little.
    function wait(uint256 seed) external {
        if (_chance(seed, "not yet", 2)) return;
        uint256 next = 0;
        while (next < BOUNDARIES && _at(next) + WINDOW <= _now()) ++next;
        bool far = _chance(seed, "far", 2);
        if (next == BOUNDARIES || !far) VM.warp(_now() + _pick(seed, "seconds", 1, 2 * INTERVAL));
        else VM.warp(_now() < _at(next) ? _at(next) : _at(next) + WINDOW);
    }

    // What must hold

    /// @notice 14: balances, deposits, and what each bill left behind.
    function check() external view {
        uint256 owed = _given;
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            _equal(_balance(n), _free[n], "14: a balance is not what the bills make it");
            owed += _balance(n);
        }
        _equal(_balance(RETAILER), _free[RETAILER], "14: the retailer's balance");
        owed += _balance(RETAILER);
        for (uint256 which = 0; which < CONTRACTS; ++which) {
            (ForwardStatus status, uint32 open, uint64 escrow,) = desk.forwardSlot(_keys[which]);
            ForwardStatus expected =
                _closed[which] ? ForwardStatus.Closed : _isSigned[which] ? ForwardStatus.Signed : ForwardStatus.None;
            _equal(uint256(status), uint256(expected), "6: a status moved");
            _equal(escrow, _escrow[which], "14: the retailer's deposit");
            owed += escrow;
            uint256 members = 0;
            for (uint256 n = 1; n <= PEOPLE; ++n) {
                Row storage row = _rows[which][n];
                _checkMember(_state(_keys[which], n), row);
                owed += row.deposit;
                if (row.joined && row.billed < row.last) ++members;
            }
            _equal(open, members, "14: members that are not closed");
        }
        _equal(token.balanceOf(address(desk)), owed, "2: the desk holds what it owes and was given");
    }

    /// @notice 8: a stranger ends whatever is left, in a pause, and everybody leaves.
    function finish() external {
        if (msg.sender != OWNER) return; // not a move
        uint256 end = _at(BOUNDARIES - 1) + WINDOW;
        if (_now() < end) VM.warp(end);
        if (_pauseEnd != 0 && _now() < _pauseEnd + PAUSE_COOLDOWN) VM.warp(_pauseEnd + PAUSE_COOLDOWN);
        VM.prank(GUARDIAN);
        desk.pause();
        _pauseEnd = _now() + PAUSE_LENGTH;
        for (uint256 which = 0; which < CONTRACTS; ++which) {
            if (!_isSigned[which] || _closed[which]) continue;
            for (uint256 n = 1; n <= PEOPLE; ++n) {
                Row storage row = _rows[which][n];
                while (row.joined && row.billed < row.last) {
                    uint256 period = row.billed;
                    _billByContract(_terms[which], n, uint16(period));
                    _billed(which, n, period);
                }
            }
            desk.closeForward(_terms[which]);
            _shut(which);
        }
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            _leave(n);
        }
        _leave(RETAILER);
        _equal(token.balanceOf(address(desk)), _given, "8: tokens are locked in at the desk");
    }

    function _checkMember(MemberState memory state, Row storage row) private view {
        _equal(state.member == address(0) ? 0 : 1, row.joined ? 1 : 0, "14: who is a member");
        _equal(state.deposit, row.deposit, "14: a member's deposit");
        _equal(state.billed, row.billed, "14: periods billed");
        _equal(state.last, row.last, "14: periods to be billed");
        _equal(state.exited ? 1 : 0, row.exited ? 1 : 0, "14: who has left");
        _equal(state.based ? 1 : 0, row.seen ? 1 : 0, "14: who has a base");
        VM.assertLe(row.taken, row.brought, "14: liability beyond the deposit");
        for (uint256 i = 0; i < 2; ++i) {
            bool same = int256(state.accounted[i]) == (row.seen ? row.read[i] : int256(0));
            _true(same, "14: accounted is neither the last register nor a base with what was contracted since");
        }
    }

    /// @dev The desk says that it billed this period; the model bills it in its own way.
    function _billed(uint256 which, uint256 n, uint256 period) private {
        Row storage row = _rows[which][n];
        _demand(_due(which, n, period), "14: billed what is not due");
        uint256 boundary = which * PERIODS + period;
        if (period == 0 && _said[n][boundary].posted) (row.seen, row.read) = (true, _said[n][boundary].net);
        Said storage end = _said[n][boundary + 1];
        int64[] memory contracted = _volumes(n);
        int256 amount = 0;
        for (uint256 i = 0; i < 2; ++i) {
            bool metered = row.seen && end.posted;
            int256 volume = metered ? end.net[i] - row.read[i] : int256(contracted[2 * period + i]);
            amount += volume * int256(uint256(i == 0 ? DAY_RATE : NIGHT_RATE));
            if (row.seen) row.read[i] += volume;
        }
        if (end.posted) (row.seen, row.read) = (true, end.net);
        if (amount > 0) {
            uint256 paid = uint256(amount) < row.deposit ? uint256(amount) : row.deposit;
            if (paid < uint256(amount)) ++done["exhausted"];
            row.deposit -= paid;
            row.taken += paid;
            _free[RETAILER] += paid;
        } else {
            uint256 paid = uint256(-amount) < _escrow[which] ? uint256(-amount) : _escrow[which];
            _escrow[which] -= paid;
            _free[n] += paid;
            if (paid != 0) ++done["fedIn"];
        }
        ++row.billed;
        if (row.billed == row.last) _emptied(row, n);
    }

    function _emptied(Row storage row, uint256 n) private {
        _free[n] += row.deposit;
        row.deposit = 0;
    }

    function _shut(uint256 which) private {
        _closed[which] = true;
        _free[RETAILER] += _escrow[which];
        _escrow[which] = 0;
    }

    function _leave(uint256 n) private {
        uint256 amount = _balance(n);
        _equal(amount, _free[n], "8: a final balance");
        VM.prank(_person(n));
        desk.withdraw(amount);
        _free[n] = 0;
    }

    function _due(uint256 which, uint256 n, uint256 period) private view returns (bool) {
        Row storage row = _rows[which][n];
        if (!row.joined || _closed[which] || period != row.billed || period >= row.last) return false;
        uint256 boundary = which * PERIODS + period;
        return _known(n, boundary + 1) && (period != 0 || _known(n, boundary));
    }

    function _known(uint256 n, uint256 boundary) private view returns (bool) {
        return _said[n][boundary].posted || _now() >= _at(boundary) + WINDOW;
    }

    function _closable(uint256 which) private view returns (bool) {
        if (!_isSigned[which] || _closed[which] || _now() < _at((which + 1) * PERIODS)) return false;
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            if (_rows[which][n].billed < _rows[which][n].last) return false;
        }
        return true;
    }

    function _demand(bool held, string memory rule) private {
        if (!held && bytes(violation).length == 0) violation = rule;
    }

    function _now() private view returns (uint256) {
        return MORE.getBlockTimestamp();
    }

    function _at(uint256 boundary) private pure returns (uint256) {
        return _startOf(_boundary(boundary));
    }

    /// @dev The boundary that was reached last; the first before any was.
    function _latest() private view returns (uint256 boundary) {
        while (boundary + 1 < BOUNDARIES && _at(boundary + 1) <= _now()) ++boundary;
    }

    function _begin(uint256 which) private pure returns (uint256) {
        return _at(which * PERIODS);
    }

    function _whom(uint256 seed) private pure returns (uint256 which, uint256 n) {
        return (_pick(seed, "contract", 0, CONTRACTS - 1), _pick(seed, "person", 1, PEOPLE));
    }

    function _net(uint256 seed, string memory what) private pure returns (int256) {
        return int256(_pick(seed, what, 0, 6_000)) - 2_000;
    }

    function _pick(uint256 seed, string memory what, uint256 low, uint256 high) private pure returns (uint256) {
        return _bound(uint256(keccak256(abi.encode(seed, what))), low, high);
    }

    function _chance(uint256 seed, string memory what, uint256 oneIn) private pure returns (bool) {
        return _pick(seed, what, 1, oneIn) == 1;
    }
}
