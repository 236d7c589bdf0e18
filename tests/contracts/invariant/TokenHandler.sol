// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IUtilityToken} from "../../../contracts/interfaces/IUtilityToken.sol";
import {Deploys} from "../support/Deploys.sol";

/// @title Leaves its Ether to an account that takes none.
contract Testator {
    constructor(address payable heir) payable {
        selfdestruct(heir);
    }
}

/// @title Redeems once more while it is being paid.
contract Glutton {
    IUtilityToken private immutable TOKEN;
    uint256 private _more;

    constructor(IUtilityToken token) {
        TOKEN = token;
    }

    // solhint-disable-next-line no-complex-fallback
    receive() external payable {
        uint256 more = _more;
        _more = 0;
        if (more != 0) TOKEN.redeem(more);
    }

    function buy() external payable {
        TOKEN.buy{value: msg.value}();
    }

    function redeem(uint256 first, uint256 more) external {
        _more = more;
        TOKEN.redeem(first);
    }
}

/// @title Everything that can be done to the token, and what each holder should have.
contract TokenHandler is Deploys {
    uint256 private constant RATE = 1e9;
    address[3] private _holders = [address(0xA11), address(0xA22), address(0xA33)];

    IUtilityToken public immutable TOKEN;
    Glutton public immutable GLUTTON;
    uint256 public forced;
    uint256 public bought;
    uint256 public redeemed;
    string public violation;

    constructor() {
        TOKEN = _newToken("Token", "TKN", RATE);
        GLUTTON = new Glutton(TOKEN);
    }

    /// @dev A remainder, now and then: it must be refused.
    function buy(uint256 seed, uint64 amount, uint16 remainder) external {
        uint256 value = amount * RATE + (seed % 4 == 0 ? remainder : 0);
        address holder = _holders[seed % 3];
        VM.deal(holder, value);
        VM.prank(holder);
        try TOKEN.buy{value: value}() returns (uint256 got) {
            if (value % RATE != 0 || got != amount || got == 0) violation = "1: bought for a remainder or nothing";
            bought += got;
        } catch {
            if (value != 0 && value % RATE == 0) violation = "1: a purchase was refused";
        }
    }

    function redeem(uint256 seed, uint64 amount) external {
        address holder = _holders[seed % 3];
        uint256 held = TOKEN.balanceOf(holder);
        uint256 before = holder.balance;
        uint256 asked = seed % 2 == 0 ? held : amount;
        VM.prank(holder);
        try TOKEN.redeem(asked) {
            if (asked > held || holder.balance - before != asked * RATE) violation = "1: redeemed at another rate";
            redeemed += asked;
        } catch {
            if (asked != 0 && asked <= held) violation = "8: a redemption was refused";
        }
    }

    function transfer(uint256 seed, uint64 amount) external {
        uint256 held = TOKEN.balanceOf(_holders[seed % 3]);
        address to = seed % 5 == 0 ? address(TOKEN) : _holders[(seed >> 8) % 3];
        VM.prank(_holders[seed % 3]);
        _mustBe(TOKEN.transfer(to, held == 0 ? 0 : amount % held));
    }

    function force(uint64 amount) external {
        VM.deal(address(this), amount);
        new Testator{value: amount}(payable(address(TOKEN)));
        forced += amount;
    }

    /// @dev Ether that is simply sent does not come in.
    function send(uint64 amount) external {
        VM.deal(address(this), amount);
        (bool success,) = address(TOKEN).call{value: amount}("");
        if (success) violation = "1: took Ether that buys nothing";
    }

    function feast(uint32 amount, uint32 first, uint32 more) external {
        uint256 value = (uint256(amount) + 1) * RATE;
        VM.deal(address(this), value);
        GLUTTON.buy{value: value}();
        bought += uint256(amount) + 1;
        uint256 before = address(GLUTTON).balance;
        uint256 held = TOKEN.balanceOf(address(GLUTTON));
        try GLUTTON.redeem(first, more) {
            uint256 gone = held - TOKEN.balanceOf(address(GLUTTON));
            if (gone != uint256(first) + more) violation = "1: burnt another amount";
            if (address(GLUTTON).balance - before != gone * RATE) violation = "1: paid other than burnt";
            redeemed += gone;
        } catch {
            if (first != 0 && uint256(first) + more <= held) violation = "8: a redemption in a redemption was refused";
        }
    }

    function check() external view {
        _true(bytes(violation).length == 0, violation);
        uint256 supply = TOKEN.totalSupply();
        VM.assertGe(address(TOKEN).balance, supply * RATE, "1: not backed");
        _equal(address(TOKEN).balance, supply * RATE + forced, "1: Ether left otherwise, or came otherwise");
        _equal(supply, bought - redeemed, "1: the supply is not what was bought");
        uint256 held = TOKEN.balanceOf(address(GLUTTON)) + TOKEN.balanceOf(address(TOKEN));
        for (uint256 i = 0; i < _holders.length; ++i) {
            held += TOKEN.balanceOf(_holders[i]);
        }
        _equal(held, supply, "1: the balances are not the supply");
    }

    function _mustBe(bool success) private {
        if (!success) violation = "1: a transfer said no";
    }
}
