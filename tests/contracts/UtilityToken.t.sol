// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {IUtilityToken} from "../../contracts/interfaces/IUtilityToken.sol";
import {Donor, Reenterer, Refuser} from "./support/Hostile.sol";
import {Stage} from "./support/Stage.sol";

contract UtilityTokenTest is Stage {
    address private alice;

    function setUp() public {
        _stage();
        alice = _person(1);
    }

    function test_BuysAndRedeemsAtOneRate() public {
        VM.deal(alice, 5 * WEI_PER_UNIT);
        VM.expectEmit(address(token));
        emit IUtilityToken.Bought(alice, 5);
        VM.prank(alice);
        _equal(token.buy{value: 5 * WEI_PER_UNIT}(), 5, "units bought");
        _equal(IERC20Metadata(address(token)).decimals(), 6, "a unit is a millionth");

        VM.expectEmit(address(token));
        emit IUtilityToken.Redeemed(alice, 5);
        VM.prank(alice);
        token.redeem(5);
        _equal(alice.balance, 5 * WEI_PER_UNIT, "all Ether back");
        _equal(token.totalSupply(), 0, "nothing left");
    }

    function testFuzz_RefusesARemainder(uint256 value) public {
        value = _bound(value, 1, 1e30);
        if (value % WEI_PER_UNIT == 0) ++value;
        VM.deal(alice, value);
        VM.prank(alice);
        _expect(abi.encodeWithSelector(IUtilityToken.EtherRemainder.selector, value, WEI_PER_UNIT));
        token.buy{value: value}();
    }

    function test_RefusesNothing() public {
        _expect(abi.encodeWithSelector(IUtilityToken.ZeroTokens.selector));
        token.buy();
        _expect(abi.encodeWithSelector(IUtilityToken.ZeroTokens.selector));
        token.redeem(0);
        _expect(abi.encodeWithSelector(IUtilityToken.ZeroRate.selector));
        _newToken("x", "x", 0);
    }

    function test_RefusesToPayWhoTakesNoEther() public {
        Refuser refuser = new Refuser(token);
        VM.deal(address(refuser), WEI_PER_UNIT);
        refuser.buy(WEI_PER_UNIT);
        _expect(abi.encodeWithSelector(IUtilityToken.EtherRefused.selector, address(refuser), WEI_PER_UNIT));
        refuser.redeem(1);
        _equal(token.balanceOf(address(refuser)), 1, "a refusal burns nothing");
    }

    function test_PlainEtherIsRefusedAndForcedEtherChangesNothing() public {
        VM.deal(alice, 3 * WEI_PER_UNIT);
        VM.prank(alice);
        (bool taken,) = address(token).call{value: 1}("");
        _true(!taken, "no receive function");

        _fund(2, 7);
        new Donor{value: 123}(payable(address(token)));
        _equal(address(token).balance, 7 * WEI_PER_UNIT + 123, "Ether can be forced in");
        VM.prank(_person(2));
        token.redeem(7);
        _equal(address(token).balance, 123, "and stays there");
    }

    function test_ReenteringGetsNoMoreThanItsOwn() public {
        _fund(2, 100);
        Reenterer thief = new Reenterer(token);
        VM.deal(address(thief), 10 * WEI_PER_UNIT);
        thief.buy(10 * WEI_PER_UNIT);
        thief.attack(4);
        _equal(address(thief).balance, 8 * WEI_PER_UNIT, "twice four units, both burned");
        _equal(token.balanceOf(address(thief)), 2, "the rest is left");
        _equal(address(token).balance, token.totalSupply() * WEI_PER_UNIT, "still backed");
    }
}
