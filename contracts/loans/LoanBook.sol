// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IEnergyLoans, Loan, LoanStatus} from "../interfaces/IEnergyLoans.sol";
import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {DealKey} from "../libraries/DealKey.sol";
import {LoanSlot, LoanSlotLib} from "../libraries/LoanSlot.sol";
import {Balances} from "../shared/Balances.sol";
import {Batches} from "../shared/Batches.sol";
import {MarketTime} from "../shared/MarketTime.sol";

/// @title Loans: recorded with their collateral in escrow and a place for both legs, settled once, by anyone.
abstract contract LoanBook is IEnergyLoans, Balances, MarketTime, Batches {
    /// @dev One slot; boxed so that its place is computed once.
    struct LoanBox {
        LoanSlot slot;
    }

    /// @dev Of the deployment; part of every loan's key.
    uint256 internal immutable CHAIN = block.chainid;

    /// @dev Most gas that one settlement in a batch can take: three slots from zero, three cold calls.
    uint256 private constant SETTLE_GAS = 150_000;
    /// @dev Most gas that the registry uses to give a place back: three cold slots, one of them written, an event.
    uint256 private constant UNCOMMIT_GAS = 40_000;

    /// @dev A status never falls, and a final one never changes.
    mapping(bytes32 key => LoanBox) private _loans;

    /// @inheritdoc IEnergyLoans
    function voidLoan(Loan calldata loan) external {
        // Check
        bytes32 key = _keyOf(loan);
        LoanBox storage box = _loans[key];
        LoanSlot slot = _requireRecorded(key, box, _termsAlone());
        uint64 principal = _delivered(loan.lenderMeter, loan.interval, slot.givenPosition(), loan.quantity);
        if (principal != 0) revert PrincipalDelivered(key, principal);

        // Effect
        _void(key, box, slot, loan);
    }

    /// @inheritdoc IEnergyLoans
    function settleLoan(Loan calldata loan) external {
        // Check
        bytes32 key = _keyOf(loan);
        LoanBox storage box = _loans[key];
        LoanSlot slot = _requireRecorded(key, box, _termsAlone());
        uint64 principal = _delivered(loan.lenderMeter, loan.interval, slot.givenPosition(), loan.quantity);
        if (principal == 0) {
            _void(key, box, slot, loan);
            return;
        }
        uint64 returned =
            _delivered(loan.borrowerMeter, loan.interval + loan.returnAfter, slot.returnedPosition(), loan.quantity);

        // Effect; no shortfall exceeds the quantity, and the collateral is at least price × quantity
        uint256 compensation;
        uint256 refunded;
        unchecked {
            compensation = returned < principal ? uint256(loan.price) * (principal - returned) : 0;
            refunded = loan.collateral - compensation;
        }
        box.slot = slot.withStatus(LoanStatus.Settled);
        if (compensation != 0) _credit(loan.lender, compensation);
        if (refunded != 0) _credit(loan.borrower, refunded);

        emit LoanSettled(key, principal, returned, compensation, refunded);
    }

    /// @inheritdoc IEnergyLoans
    function settleLoanBatch(Loan[] calldata loans) external returns (uint256 settled) {
        for (uint256 i = 0; i < loans.length; ++i) {
            _requireItemGas(i, SETTLE_GAS);
            try this.settleLoan(loans[i]) {
                ++settled;
            } catch (bytes memory reason) {
                emit ItemSkipped(i, _keyOf(loans[i]), reason);
            }
        }
    }

    /// @inheritdoc IEnergyLoans
    function loanSlot(bytes32 key)
        external
        view
        returns (LoanStatus status, uint32 givenPosition, uint32 returnedPosition, bytes23 termsHash)
    {
        LoanSlot slot = _loans[key].slot;
        return (slot.status(), slot.givenPosition(), slot.returnedPosition(), bytes23(bytes32(slot.terms())));
    }

    /// @inheritdoc IEnergyLoans
    function loanKey(address a, address b, uint64 nonce) external view returns (bytes32) {
        return DealKey.base(CHAIN, a, b, nonce);
    }

    /// @dev Takes the collateral and a place for each leg, or reverts. Whoever calls this has the consent of both
    /// parties to exactly these terms, and has checked them.
    function _record(bytes32 key, Loan memory loan, uint64 maxAheadGiven, uint64 maxAheadReturned) internal {
        // Effect, with the registry's answers in it: the registry is the market's own and calls nobody
        _debit(loan.borrower, loan.collateral);
        LoanBox storage box = _loans[key];
        _requireUnused(key, box.slot);
        uint64 given = IMeterRegistry(REGISTRY)
            .commit(
                loan.lenderMeter,
                loan.lender,
                loan.borrowerMeter,
                loan.borrower,
                UTILITY,
                loan.interval,
                loan.quantity,
                maxAheadGiven
            );
        uint64 returned = IMeterRegistry(REGISTRY)
            .commit(
                loan.borrowerMeter,
                loan.borrower,
                loan.lenderMeter,
                loan.lender,
                UTILITY,
                loan.interval + loan.returnAfter,
                loan.quantity,
                maxAheadReturned
            );
        box.slot = LoanSlotLib.recorded(LoanSlotLib.termsOf(loan), given, returned);

        emit LoanRecorded(key, loan.lender, loan.borrower, loan, given, returned);
    }

    /// @dev Writes Cancelled where nothing stands.
    function _cancel(bytes32 key) internal {
        // Check
        LoanBox storage box = _loans[key];
        LoanSlot slot = box.slot;
        _requireUnused(key, slot);

        // Effect
        box.slot = slot.withStatus(LoanStatus.Cancelled);

        emit LoanCancelled(key, msg.sender);
    }

    /// @dev Undoes a recorded loan. Whoever calls this has both parties' consent.
    function _release(bytes32 key, Loan calldata loan) internal {
        // Check
        _requireGateOpen(loan.interval);
        LoanBox storage box = _loans[key];
        LoanSlot slot = _requireRecorded(key, box, LoanSlotLib.termsOf(loan));

        // Effect, with the registry's checks in it
        box.slot = slot.withStatus(LoanStatus.Released);
        _credit(loan.borrower, loan.collateral);
        IMeterRegistry(REGISTRY).uncommit(loan.lenderMeter, loan.interval, slot.givenPosition(), loan.quantity);
        IMeterRegistry(REGISTRY)
            .uncommit(loan.borrowerMeter, loan.interval + loan.returnAfter, slot.returnedPosition(), loan.quantity);

        emit LoanReleased(key, loan.collateral);
    }

    function _keyOf(Loan calldata loan) internal view returns (bytes32) {
        return DealKey.base(CHAIN, loan.lender, loan.borrower, loan.nonce);
    }

    /// @dev Nothing was lent: the collateral goes back, whatever the registry says about the place of the return leg.
    function _void(bytes32 key, LoanBox storage box, LoanSlot slot, Loan calldata loan) private {
        box.slot = slot.withStatus(LoanStatus.Voided);
        if (loan.collateral != 0) _credit(loan.borrower, loan.collateral);
        bool freed = _freeReturn(loan, slot.returnedPosition());

        emit LoanVoided(key, loan.collateral, freed);
    }

    /// @dev The registry refuses where others stand behind the place, or another market holds the tail. It is not asked
    /// after the gate; and nobody can make it fail by bringing too little gas.
    function _freeReturn(Loan calldata loan, uint32 position) private returns (bool freed) {
        uint32 interval = loan.interval + loan.returnAfter;
        if (block.timestamp > _gateOf(interval)) return false;
        _requireItemGas(0, UNCOMMIT_GAS);
        try IMeterRegistry(REGISTRY).uncommit(loan.borrowerMeter, interval, position, loan.quantity) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev What of a leg was delivered, clamp(exported − position, 0, quantity), or a revert while that is not known.
    function _delivered(uint32 meter, uint32 interval, uint32 position, uint64 quantity) private view returns (uint64) {
        (bool isFinal, uint64 exported) = IMeterRegistry(REGISTRY).finalExport(meter, interval);
        if (!isFinal) revert NotFinal(meter, interval, _silenceOf(interval), block.timestamp);
        if (exported <= position) return 0;
        uint64 reached = exported - position;
        return reached < quantity ? reached : quantity;
    }

    function _requireRecorded(bytes32 key, LoanBox storage box, uint256 terms) private view returns (LoanSlot slot) {
        slot = box.slot;
        if (slot.status() != LoanStatus.Recorded) revert WrongLoanStatus(key, slot.status(), LoanStatus.Recorded);
        if (slot.terms() != terms) revert TermsMismatch(key);
    }

    function _requireUnused(bytes32 key, LoanSlot slot) private pure {
        LoanStatus status = slot.status();
        if (status != LoanStatus.None) revert LoanKeyUsed(key, status);
    }

    /// @dev Of a call whose only argument is a loan: it is of fixed length, so it stands in the calldata as the hash
    /// has it. A field with bits beyond its type makes another hash than any loan's.
    function _termsAlone() private pure returns (uint256) {
        return LoanSlotLib.termsOf(msg.data[4:4 + LoanSlotLib.LOAN_BYTES]);
    }
}
