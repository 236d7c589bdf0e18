// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Whether a party signed: by key first (delegated accounts included), then by its contract.
library Signatures {
    /// @notice Gas that a contract may use to answer ERC-1271.
    uint256 internal constant CONTRACT_GAS = 200_000;

    /// @notice By key only; `r` and `vs` as in EIP-2098.
    function byKey(address signer, bytes32 digest, bytes32 r, bytes32 vs) internal pure returns (bool) {
        // slither-disable-next-line unused-return
        (address recovered, ECDSA.RecoverError err,) = ECDSA.tryRecover(digest, r, vs);
        return err == ECDSA.RecoverError.NoError && recovered == signer;
    }

    /// @notice By key (64 or 65 bytes), else by what the signer's code answers within CONTRACT_GAS.
    function byAnyone(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (uint8 v, bytes32 r, bytes32 s) = ECDSA.parseCalldata(signature);
        // slither-disable-next-line unused-return
        (address recovered, ECDSA.RecoverError err,) = ECDSA.tryRecover(digest, v, r, s);
        if (err == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return signer.code.length != 0 && _byContract(signer, digest, signature);
    }

    /// @dev A static call that can neither use more gas than allowed, nor make this contract pay for copying a long
    /// answer, nor change anything. It is not made at all where the allowance could not be given in full.
    function _byContract(address signer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        if (gasleft() / 64 * 63 <= CONTRACT_GAS) return false;
        bool success;
        bytes32 answer;
        uint256 length;
        // Solidity copies an answer of any length; only assembly can bound it
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            success := staticcall(CONTRACT_GAS, signer, add(question, 0x20), mload(question), 0x00, 0x20)
            answer := mload(0x00)
            length := returndatasize()
        }
        return success && length >= 32 && answer == bytes32(IERC1271.isValidSignature.selector);
    }
}
