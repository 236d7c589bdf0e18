// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {IUtilityNegotiator} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {IUtilityToken} from "../../../contracts/interfaces/IUtilityToken.sol";

/// @title Forces its Ether on an account that takes none.
contract Donor {
    constructor(address payable target) payable {
        selfdestruct(target);
    }
}

/// @title Buys tokens and then takes no Ether.
contract Refuser {
    IUtilityToken internal immutable TOKEN;

    constructor(IUtilityToken token) {
        TOKEN = token;
    }

    function buy(uint256 value) external {
        TOKEN.buy{value: value}();
    }

    function redeem(uint256 amount) public {
        TOKEN.redeem(amount);
    }
}

/// @title Redeems again while it is being paid.
contract Reenterer is Refuser {
    uint256 private _again;

    constructor(IUtilityToken token) Refuser(token) {}

    receive() external payable {
        if (_again != 0) {
            uint256 amount = _again;
            _again = 0;
            redeem(amount);
        }
    }

    function attack(uint256 amount) external {
        _again = amount;
        redeem(amount);
    }
}

/// @title A party that is a contract, and how it answers when asked whether it signed.
contract Wallet {
    enum Mood {
        Agrees,
        Refuses,
        Burns,
        Floods,
        Reenters,
        Short
    }

    Mood private _mood;
    IUtilityNegotiator private immutable MARKET;

    constructor(IUtilityNegotiator market) {
        MARKET = market;
    }

    function setMood(Mood mood) external {
        _mood = mood;
    }

    function enter(uint32 meter, IMeterRegistry registry, IUtilityToken token) external payable {
        registry.allowMarket(meter, address(MARKET), true);
        uint256 amount = token.buy{value: msg.value}();
        token.approve(address(MARKET), amount);
        MARKET.deposit(amount);
    }

    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        Mood mood = _mood;
        if (mood == Mood.Agrees) return 0x1626ba7e;
        if (mood == Mood.Refuses) return 0xffffffff;
        if (mood == Mood.Burns) {
            while (true) {
                _mood = Mood.Burns;
            }
        }
        if (mood == Mood.Floods) {
            assembly {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 30000)
            }
        }
        if (mood == Mood.Short) {
            assembly {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4)
            }
        }
        MARKET.withdraw(1);
        return 0x1626ba7e;
    }
}

/// @title Another market on the same registry, listed and allowed, that would take what is not its own.
contract RivalMarket {
    IMeterRegistry private immutable REGISTRY;

    constructor(IMeterRegistry registry) {
        REGISTRY = registry;
    }

    function commit(uint32 meter, address owner, uint32 interval, uint64 quantity) external returns (uint64) {
        return REGISTRY.commit(meter, owner, 0, address(0), 1, interval, quantity, type(uint64).max);
    }

    function commitFor(uint32 meter, address owner, uint32 buyerMeter, address buyer, uint8 utility, uint32 interval)
        external
        returns (uint64)
    {
        return REGISTRY.commit(meter, owner, buyerMeter, buyer, utility, interval, 1, type(uint64).max);
    }

    function uncommit(uint32 meter, uint32 interval, uint64 position, uint64 quantity) external {
        REGISTRY.uncommit(meter, interval, position, quantity);
    }
}
