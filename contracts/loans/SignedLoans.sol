// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IEnergyLoans, Loan, LoanMove, LoanOffer, LoanTerms, SignedLoan} from "../interfaces/IEnergyLoans.sol";
import {DealKey} from "../libraries/DealKey.sol";
import {LoanHash} from "../libraries/LoanHash.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {GuardedPause} from "../shared/GuardedPause.sol";
import {LoanBook} from "./LoanBook.sol";

/// @title Negotiations of loans held off chain by signed messages; their agreement is recorded here, by anyone.
abstract contract SignedLoans is GuardedPause, LoanBook, EIP712 {
    /// @dev Most gas that an item of a batch can take: checks, signatures, slot and both places; each move of its
    /// transcript.
    uint256 private constant ITEM_GAS = 240_000;
    uint256 private constant ITEM_GAS_PER_MOVE = 8_000;

    constructor() EIP712("Wattpact", "1") {}

    /// @inheritdoc IEnergyLoans
    function recordLoan(
        LoanOffer calldata head,
        LoanMove[] calldata earlier,
        bytes calldata proposerSignature,
        bytes calldata acceptorSignature
    ) external whenNotPaused returns (bytes32 key) {
        // Check
        LoanOffer memory last = head;
        // `head` is the first argument and of fixed length, so it stands at the start of the calldata
        bytes calldata encoded = msg.data[4:4 + LoanHash.OFFER_BYTES];
        Loan memory loan = _loanOf(last);
        bytes32 digest;
        (key, digest) = _checkHead(last, loan, encoded, earlier);
        (address proposer, address acceptor) = _roles(last);
        if (!Signatures.byAnyone(proposer, digest, proposerSignature)) revert BadSignature(key, proposer);
        if (!Signatures.byAnyone(acceptor, digest, acceptorSignature)) revert BadSignature(key, acceptor);

        // Effect
        _recordAgreement(key, last, loan, earlier, proposerSignature, acceptorSignature);
    }

    /// @inheritdoc IEnergyLoans
    function recordLoanBatch(SignedLoan[] calldata loans) external whenNotPaused returns (uint256 recorded) {
        for (uint256 i = 0; i < loans.length; ++i) {
            SignedLoan calldata item = loans[i];
            _requireItemGas(i, ITEM_GAS + item.earlier.length * ITEM_GAS_PER_MOVE);
            try this.recordLoanItem(item) {
                ++recorded;
            } catch (bytes memory reason) {
                LoanTerms calldata terms = item.head.terms;
                emit ItemSkipped(i, DealKey.base(CHAIN, terms.opener, terms.responder, terms.nonce), reason);
            }
        }
    }

    /// @notice One item of `recordLoanBatch`, which alone calls this, so that an item that fails changes nothing.
    function recordLoanItem(SignedLoan calldata item) external onlySelf {
        // Check
        LoanOffer memory last = item.head;
        // This contract encoded the item: selector, place of the item, and at its start the head
        bytes calldata encoded = msg.data[36:36 + LoanHash.OFFER_BYTES];
        Loan memory loan = _loanOf(last);
        (bytes32 key, bytes32 digest) = _checkHead(last, loan, encoded, item.earlier);
        (address proposer, address acceptor) = _roles(last);
        if (!Signatures.byKey(proposer, digest, item.proposerR, item.proposerVs)) revert BadSignature(key, proposer);
        if (!Signatures.byKey(acceptor, digest, item.acceptorR, item.acceptorVs)) revert BadSignature(key, acceptor);

        // Effect
        _recordAgreement(
            key,
            last,
            loan,
            item.earlier,
            abi.encodePacked(item.proposerR, item.proposerVs),
            abi.encodePacked(item.acceptorR, item.acceptorVs)
        );
    }

    /// @inheritdoc IEnergyLoans
    function cancelLoan(address counterpart, uint64 nonce) external {
        if (counterpart == msg.sender) revert SelfLoan(msg.sender);
        if (nonce >= DealKey.PROVIDER) revert NonceOutOfRange(nonce);
        _cancel(DealKey.base(CHAIN, msg.sender, counterpart, nonce));
    }

    /// @inheritdoc IEnergyLoans
    function releaseLoan(Loan calldata loan, bytes calldata lenderSignature, bytes calldata borrowerSignature)
        external
    {
        // Check
        bytes32 key = _keyOf(loan);
        bytes32 digest = loanReleaseDigest(key);
        if (!Signatures.byAnyone(loan.lender, digest, lenderSignature)) revert BadSignature(key, loan.lender);
        if (!Signatures.byAnyone(loan.borrower, digest, borrowerSignature)) revert BadSignature(key, loan.borrower);

        // Effect
        _release(key, loan);
    }

    /// @inheritdoc IEnergyLoans
    function loanOfferDigest(LoanOffer calldata head) external view returns (bytes32) {
        // Decoding refuses what has bits beyond its type
        // solhint-disable-next-line no-unused-vars
        LoanOffer memory clean = head;
        bytes calldata encoded = msg.data[4:4 + LoanHash.OFFER_BYTES];
        return _hashTypedDataV4(LoanHash.ofHead(LoanHash.ofTerms(encoded), encoded));
    }

    /// @inheritdoc IEnergyLoans
    function loanReleaseDigest(bytes32 key) public view returns (bytes32) {
        return _hashTypedDataV4(LoanHash.ofRelease(key));
    }

    /// @dev All that can be said of a session before its signatures are looked at.
    /// @param loan what `head` makes
    /// @param encoded the head as it stands in the calldata
    function _checkHead(LoanOffer memory head, Loan memory loan, bytes calldata encoded, LoanMove[] calldata earlier)
        private
        view
        returns (bytes32 key, bytes32 digest)
    {
        LoanTerms memory terms = head.terms;
        if (terms.nonce >= DealKey.PROVIDER) revert NonceOutOfRange(terms.nonce);
        if (terms.openerMeter == 0) revert InvalidParameter("openerMeter", 0);
        if (terms.responderMeter == 0) revert InvalidParameter("responderMeter", 0);
        if (terms.openerMeter == terms.responderMeter) revert SameMeter(terms.openerMeter);
        key = DealKey.base(CHAIN, terms.opener, terms.responder, terms.nonce);
        uint256 gate = _requireGateOpen(terms.interval);
        if (head.move.expiry > gate) revert ExpiryBeyondGate(key, head.move.expiry, gate);
        if (block.timestamp > head.move.expiry) revert OfferExpired(key, head.move.expiry, block.timestamp);
        unchecked {
            _requireWithinHorizon(uint256(loan.interval) + loan.returnAfter);
        }

        bytes32 termsHash = LoanHash.ofTerms(encoded);
        _checkTranscript(key, termsHash, head, earlier);
        digest = _hashTypedDataV4(LoanHash.ofHead(termsHash, encoded));
    }

    /// @dev The head names the hash of the offer before it, and so on down to round 0, which names none.
    function _checkTranscript(bytes32 key, bytes32 termsHash, LoanOffer memory head, LoanMove[] calldata earlier)
        private
        pure
    {
        bool headOnly = earlier.length == 0 && head.round != 0;
        if (headOnly) return;
        if (earlier.length != head.round) revert BrokenTranscript(key, head.round);
        bytes32 previous = 0;
        for (uint256 i = 0; i < earlier.length; ++i) {
            // forge-lint: disable-next-line(unsafe-typecast)
            previous = LoanHash.ofOffer(termsHash, earlier[i], uint16(i), previous);
        }
        if (head.previous != previous) revert BrokenTranscript(key, head.round);
    }

    function _recordAgreement(
        bytes32 key,
        LoanOffer memory head,
        Loan memory loan,
        LoanMove[] calldata earlier,
        bytes memory proposerSignature,
        bytes memory acceptorSignature
    ) private {
        for (uint256 i = 0; i < earlier.length; ++i) {
            LoanMove calldata move = earlier[i];
            // forge-lint: disable-next-line(unsafe-typecast)
            emit LoanOfferDisclosed(key, uint16(i), move.quantity, move.returnAfter, move.expiry);
        }
        LoanTerms memory terms = head.terms;
        emit LoanAgreed(key, terms, head.move, head.round, head.previous, proposerSignature, acceptorSignature);
        _record(key, loan, terms.maxAheadGiven, terms.maxAheadReturned);
    }

    /// @dev The loan that `head` makes: who gives first follows from the sign of its quantity.
    function _loanOf(LoanOffer memory head) private pure returns (Loan memory loan) {
        LoanTerms memory terms = head.terms;
        LoanMove memory move = head.move;
        if (terms.opener == terms.responder) revert SelfLoan(terms.opener);
        if (move.quantity == 0) revert ZeroVolume();
        if (move.returnAfter == 0) revert ZeroReturnTime();
        bool opens = move.quantity > 0;
        uint64 quantity = _magnitude(move.quantity);
        uint256 collateral;
        uint256 bond;
        unchecked {
            collateral = uint256(terms.cover) * quantity; // below 2**128
            bond = uint256(terms.price) * quantity;
        }
        if ((quantity >> 32) | (collateral >> 63) != 0) revert LoanOverflow(terms.cover, quantity);
        if (collateral < bond) revert CollateralBelowBond(collateral, bond);
        loan = Loan({
            lender: opens ? terms.opener : terms.responder,
            borrower: opens ? terms.responder : terms.opener,
            nonce: terms.nonce,
            lenderMeter: opens ? terms.openerMeter : terms.responderMeter,
            borrowerMeter: opens ? terms.responderMeter : terms.openerMeter,
            interval: terms.interval,
            returnAfter: move.returnAfter,
            quantity: quantity,
            price: terms.price,
            // forge-lint: disable-next-line(unsafe-typecast)
            collateral: uint64(collateral)
        });
    }

    /// @dev |quantity|; the lowest number has no opposite among its own kind, so it is negated in more bits.
    function _magnitude(int64 quantity) private pure returns (uint64) {
        unchecked {
            // forge-lint: disable-next-line(unsafe-typecast)
            return uint64(uint256(quantity < 0 ? -int256(quantity) : int256(quantity)));
        }
    }

    /// @dev Even rounds are the opener's.
    function _roles(LoanOffer memory head) private pure returns (address proposer, address acceptor) {
        LoanTerms memory terms = head.terms;
        return head.round % 2 == 0 ? (terms.opener, terms.responder) : (terms.responder, terms.opener);
    }
}
