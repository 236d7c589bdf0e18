// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {
    IEnergyLoans,
    Loan,
    LoanMove,
    LoanOffer,
    LoanTerms,
    SignedLoan
} from "../../../contracts/interfaces/IEnergyLoans.sol";
import {MarketStage} from "./MarketStage.sol";

/// @title The market of deals with a desk for loans beside it, on the same registry.
/// @notice The lender of most tests is person 1, the borrower person 2, at their meters of the market.
abstract contract LoanStage is MarketStage {
    uint64 internal constant PRICE = 300;
    uint64 internal constant COVER = 350;
    uint32 internal constant RETURN_AFTER = 8;

    IEnergyLoans internal desk;

    function _openDesk() internal {
        _open();
        _addDesk();
        _join(1, sellerMeter);
        _join(2, buyerMeter);
    }

    function _addDesk() internal {
        desk = _newLoans(address(token), address(registry), ELECTRICITY, GUARDIAN, PAUSE_LENGTH, PAUSE_COOLDOWN);
        VM.prank(REGISTRAR);
        registry.listMarket(address(desk));
    }

    /// @dev Person n lets the desk commit its meter, and has STAKE there.
    function _join(uint256 n, uint32 meter) internal {
        _allow(n, meter, address(desk));
        _stake(n, STAKE);
    }

    function _stake(uint256 n, uint256 amount) internal {
        _fund(n, amount);
        VM.startPrank(_person(n));
        token.approve(address(desk), amount);
        desk.deposit(amount);
        VM.stopPrank();
    }

    /// @dev Person 1 opens; a positive quantity means that it lends to person 2.
    function _loanTerms(uint64 nonce, uint32 interval) internal view returns (LoanTerms memory) {
        return LoanTerms({
            opener: _person(1),
            responder: _person(2),
            nonce: nonce,
            openerMeter: sellerMeter,
            responderMeter: buyerMeter,
            interval: interval,
            price: PRICE,
            cover: COVER,
            maxAheadGiven: 50_000,
            maxAheadReturned: 50_000
        });
    }

    function _loanHead(LoanTerms memory terms, int64 quantity, uint32 returnAfter)
        internal
        view
        returns (LoanOffer memory)
    {
        return LoanOffer({
            terms: terms,
            move: LoanMove({
                quantity: quantity, returnAfter: returnAfter, expiry: uint64(registry.gateOf(terms.interval))
            }),
            round: 0,
            previous: 0
        });
    }

    /// @dev What `head` makes, written out by cases.
    function _loanOf(LoanOffer memory head) internal pure returns (Loan memory loan) {
        LoanTerms memory terms = head.terms;
        loan.nonce = terms.nonce;
        loan.interval = terms.interval;
        loan.returnAfter = head.move.returnAfter;
        loan.price = terms.price;
        if (head.move.quantity > 0) {
            (loan.lender, loan.borrower) = (terms.opener, terms.responder);
            (loan.lenderMeter, loan.borrowerMeter) = (terms.openerMeter, terms.responderMeter);
            loan.quantity = uint64(head.move.quantity);
        } else {
            (loan.lender, loan.borrower) = (terms.responder, terms.opener);
            (loan.lenderMeter, loan.borrowerMeter) = (terms.responderMeter, terms.openerMeter);
            loan.quantity = uint64(-head.move.quantity);
        }
        loan.collateral = terms.cover * loan.quantity;
    }

    function _lend(LoanOffer memory head, uint256 proposer, uint256 acceptor) internal returns (bytes32) {
        bytes32 digest = desk.loanOfferDigest(head);
        return desk.recordLoan(head, new LoanMove[](0), _signature(proposer, digest), _signature(acceptor, digest));
    }

    function _signedLoan(LoanOffer memory head, uint256 proposer, uint256 acceptor)
        internal
        view
        returns (SignedLoan memory item)
    {
        bytes32 digest = desk.loanOfferDigest(head);
        item.head = head;
        item.earlier = new LoanMove[](0);
        (item.proposerR, item.proposerVs) = VM.signCompact(proposer, digest);
        (item.acceptorR, item.acceptorVs) = VM.signCompact(acceptor, digest);
    }

    /// @dev A recorded loan of person 1 to person 2.
    function _loan(uint64 nonce, uint32 interval, int64 quantity, uint32 returnAfter) internal returns (Loan memory) {
        LoanOffer memory head = _loanHead(_loanTerms(nonce, interval), quantity, returnAfter);
        _lend(head, 1, 2);
        return _loanOf(head);
    }

    /// @dev Person n's meter says what it exported, as soon as it can.
    function _exports(uint256 n, uint32 meter, uint32 interval, uint64 exported) internal {
        if (block.timestamp < EPOCH + (uint256(interval) + 1) * INTERVAL) _warpToEnd(interval);
        registry.post(_reading(1000 + n, meter, interval, exported));
    }

    function _release(Loan memory loan) internal {
        bytes32 digest = desk.loanReleaseDigest(desk.loanKey(loan.lender, loan.borrower, loan.nonce));
        desk.releaseLoan(loan, _signature(1, digest), _signature(2, digest));
    }

    function _committed(uint32 meter, uint32 interval) internal view returns (uint64) {
        return registry.slots(meter, interval).committed;
    }

    /// @dev Written out from EIP-712, not taken from the contract.
    function _loanOfferHash(LoanOffer memory o) internal pure returns (bytes32) {
        string memory move = "LoanMove(int64 quantity,uint32 returnAfter,uint64 expiry)";
        string memory terms = "LoanTerms(address opener,address responder,uint64 nonce,uint32 openerMeter,"
            "uint32 responderMeter,uint32 interval,uint64 price,uint64 cover,uint64 maxAheadGiven,"
            "uint64 maxAheadReturned)";
        string memory offer = "LoanOffer(LoanTerms terms,LoanMove move,uint16 round,bytes32 previous)";
        return keccak256(
            abi.encode(
                keccak256(abi.encodePacked(offer, move, terms)),
                keccak256(abi.encode(keccak256(bytes(terms)), o.terms)),
                keccak256(abi.encode(keccak256(bytes(move)), o.move)),
                o.round,
                o.previous
            )
        );
    }
}
