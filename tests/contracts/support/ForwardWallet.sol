// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IForwardContracts} from "../../../contracts/interfaces/IForwardContracts.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title A party to a forward contract that is a contract, and how it answers when asked whether it signed.
contract ForwardWallet {
    enum Mood {
        Agrees,
        Refuses,
        Burns,
        Floods,
        Short,
        Reverts,
        Reenters
    }

    Mood private _mood;
    IForwardContracts private immutable DESK;

    constructor(IForwardContracts desk) {
        DESK = desk;
    }

    function setMood(Mood mood) external {
        _mood = mood;
    }

    function deposit(uint256 amount) external {
        IERC20(DESK.TOKEN()).approve(address(DESK), amount);
        DESK.deposit(amount);
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
        if (mood == Mood.Reenters) DESK.withdraw(0);
        revert("no answer");
    }
}
