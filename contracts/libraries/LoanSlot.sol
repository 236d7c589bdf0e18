// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Loan, LoanStatus} from "../interfaces/IEnergyLoans.sol";

/// @notice A loan. Bits: status 0..7, position of the given leg 8..39, of the returned leg 40..71 (a rating has 32
/// bits), and 72..255 the upper 184 bits of keccak256(abi.encode(Loan)), where they stand in the hash.
type LoanSlot is uint256;

using LoanSlotLib for LoanSlot global;

library LoanSlotLib {
    uint256 private constant TERMS = ~uint256((1 << 72) - 1);

    /// @notice Length of an ABI-encoded loan.
    uint256 internal constant LOAN_BYTES = 10 * 32;

    /// @param encoded abi.encode(Loan)
    function termsOf(bytes calldata encoded) internal pure returns (uint256) {
        return uint256(keccak256(encoded)) & TERMS;
    }

    /// @return the terms' part of a slot
    function termsOf(Loan memory loan) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(loan))) & TERMS;
    }

    /// @dev Positions are below a rating: 32 bits.
    function recorded(uint256 terms, uint64 given, uint64 returned) internal pure returns (LoanSlot) {
        return LoanSlot.wrap(terms | (uint256(returned) << 40) | (uint256(given) << 8) | uint256(LoanStatus.Recorded));
    }

    function status(LoanSlot self) internal pure returns (LoanStatus) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return LoanStatus(uint8(LoanSlot.unwrap(self)));
    }

    function givenPosition(LoanSlot self) internal pure returns (uint32) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(LoanSlot.unwrap(self) >> 8);
    }

    function returnedPosition(LoanSlot self) internal pure returns (uint32) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(LoanSlot.unwrap(self) >> 40);
    }

    function terms(LoanSlot self) internal pure returns (uint256) {
        return LoanSlot.unwrap(self) & TERMS;
    }

    function withStatus(LoanSlot self, LoanStatus next) internal pure returns (LoanSlot) {
        return LoanSlot.wrap((LoanSlot.unwrap(self) & ~uint256(0xff)) | uint256(next));
    }
}
