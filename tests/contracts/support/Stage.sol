// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry, Reading, SignedReading} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {IUtilityToken} from "../../../contracts/interfaces/IUtilityToken.sol";
import {Deploys} from "./Deploys.sol";

/// @title A registry and a token, people with meters, and the moves that tests make with them.
/// @notice Person n has private key n (n ≥ 1); his meter's key is 1000 + n.
abstract contract Stage is Deploys {
    uint64 internal constant EPOCH = 1_750_000_000;
    uint32 internal constant INTERVAL = 900;
    uint32 internal constant GATE = 300;
    uint32 internal constant HORIZON = 192;
    uint32 internal constant WINDOW = 3600;
    uint32 internal constant RATING = 100_000;
    uint8 internal constant ELECTRICITY = 1;
    uint256 internal constant WEI_PER_UNIT = 1e9;

    address internal constant REGISTRAR = address(0x8E6157);

    IMeterRegistry internal registry;
    IUtilityToken internal token;

    function _stage() internal {
        VM.warp(EPOCH + 10);
        registry = _newRegistry(EPOCH, INTERVAL, GATE, HORIZON, WINDOW, REGISTRAR);
        token = _newToken("Wattpact test token", "WPT", WEI_PER_UNIT);
    }

    function _person(uint256 n) internal pure returns (address) {
        return VM.addr(n);
    }

    /// @dev Person n's meter, with no attester, registered; no market allowed yet.
    function _meter(uint256 n) internal returns (uint32) {
        return _meter(n, 1000 + n, address(0), ELECTRICITY, RATING);
    }

    function _meter(uint256 n, uint256 key, address attester, uint8 utility, uint32 rating) internal returns (uint32) {
        (bytes32 r, bytes32 vs) =
            VM.signCompact(key, _registrationDigest(address(registry), _person(n), attester, utility, rating));
        VM.prank(REGISTRAR);
        return registry.register(_person(n), VM.addr(key), attester, utility, rating, r, vs);
    }

    function _allow(uint256 n, uint32 meter, address market) internal {
        VM.prank(_person(n));
        registry.allowMarket(meter, market, true);
    }

    /// @dev Person n buys tokens with fresh Ether.
    function _fund(uint256 n, uint256 amount) internal {
        address person = _person(n);
        VM.deal(person, person.balance + amount * WEI_PER_UNIT);
        VM.prank(person);
        token.buy{value: amount * WEI_PER_UNIT}();
    }

    function _reading(uint256 key, uint32 meter, uint32 interval, uint64 exported)
        internal
        view
        returns (SignedReading memory signed)
    {
        signed.reading = Reading({meter: meter, interval: interval, exported: exported, imported: 0});
        (signed.r, signed.vs) = VM.signCompact(key, registry.readingDigest(signed.reading));
    }

    function _warpToEnd(uint32 interval) internal {
        VM.warp(EPOCH + (uint256(interval) + 1) * INTERVAL);
    }

    function _warpToSilence(uint32 interval) internal {
        VM.warp(EPOCH + (uint256(interval) + 1) * INTERVAL + WINDOW);
    }

    /// @dev Written out from EIP-712, not taken from the contract: what a wallet would compute.
    function _registrationDigest(address verifier, address owner, address attester, uint8 utility, uint32 rating)
        internal
        view
        returns (bytes32)
    {
        bytes32 typehash = keccak256("Registration(address owner,address attester,uint8 utility,uint32 rating)");
        return _digest(verifier, keccak256(abi.encode(typehash, owner, attester, utility, rating)));
    }

    function _digest(address verifier, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Wattpact"),
                keccak256("1"),
                block.chainid,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
