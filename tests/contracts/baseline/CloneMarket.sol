// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IMeterRegistry} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {Deal, DealStatus, OpenRequest} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {BaselineRules} from "./BaselineRules.sol";
import {CloneNegotiation} from "./CloneNegotiation.sol";
import {ICloneMarket, ICloneNegotiation} from "./IClones.sol";

/// @title The baseline's factory and escrow: internal balances, deal slots and the registry's queue, as in the market.
contract CloneMarket is BaselineRules, ICloneMarket {
    using SafeERC20 for IERC20;

    struct DealSlot {
        DealStatus status; // bits 0..7
        uint48 position; // bits 8..55
        bytes25 termsHash; // bits 56..255
    }

    event Deposited(address indexed party, uint256 amount);
    event SessionOpened(address indexed negotiation, address indexed initiator, OpenRequest request, uint64 deadline);
    event DealRecorded(
        bytes32 indexed key, address indexed seller, address indexed buyer, Deal deal, uint16 index, uint64 position
    );

    error NotGuardian(address caller);
    error PausedUntil(uint256 until, uint256 time);
    error NotNegotiation(address caller);
    error SelfDeal(address party);
    error ZeroCount();
    error InsufficientBalance(address party, uint256 balance, uint256 needed);
    error KeyUsed(bytes32 key, DealStatus status);

    IERC20 public immutable TOKEN;
    IMeterRegistry public immutable REGISTRY;
    uint8 public immutable UTILITY;
    CloneNegotiation public immutable IMPLEMENTATION;
    address public immutable GUARDIAN;

    /// @dev In a slot with the counter: what opens a negotiation reads both.
    uint64 public pausedUntil;
    uint64 public negotiations;
    mapping(address party => uint256 amount) public balanceOf;
    mapping(address negotiation => uint64 number) public numberOf;
    mapping(bytes32 key => DealSlot) public dealSlot;

    constructor(address token, address registry, uint8 utility) BaselineRules(IMeterRegistry(registry)) {
        TOKEN = IERC20(token);
        REGISTRY = IMeterRegistry(registry);
        UTILITY = utility;
        GUARDIAN = msg.sender;
        IMPLEMENTATION = new CloneNegotiation(this, REGISTRY);
    }

    function deposit(uint256 amount) external {
        balanceOf[msg.sender] += amount;
        emit Deposited(msg.sender, amount);
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    function open(OpenRequest calldata request) external returns (ICloneNegotiation) {
        requireNotPaused();
        if (request.count == 0) revert ZeroCount();
        if (request.counterpart == msg.sender) revert SelfDeal(msg.sender);
        uint64 deadline = _deadlineOf(request.timeout, request.interval);

        CloneNegotiation negotiation = CloneNegotiation(Clones.clone(address(IMPLEMENTATION)));
        numberOf[address(negotiation)] = ++negotiations;
        negotiation.initialize(msg.sender, request, deadline);

        emit SessionOpened(address(negotiation), msg.sender, request, deadline);
        return negotiation;
    }

    function pause() external {
        if (msg.sender != GUARDIAN) revert NotGuardian(msg.sender);
        pausedUntil = uint64(block.timestamp + 3 days);
    }

    function requireNotPaused() public view {
        uint256 until = pausedUntil;
        if (block.timestamp < until) revert PausedUntil(until, block.timestamp);
    }

    function record(Deal memory deal, uint64 maxAhead) external returns (bytes32 key) {
        requireNotPaused();
        deal.nonce = numberOf[msg.sender];
        if (deal.nonce == 0) revert NotNegotiation(msg.sender);
        _requireAmounts(deal.price, deal.energy, deal.count);
        key = keccak256(abi.encode(block.chainid, address(this), deal.seller, deal.buyer, deal.nonce));
        uint256 escrow = uint256(deal.price) * deal.energy * deal.count;
        uint256 balance = balanceOf[deal.buyer];
        if (balance < escrow) revert InsufficientBalance(deal.buyer, balance, escrow);

        balanceOf[deal.buyer] = balance - escrow;
        bytes25 termsHash = bytes25(keccak256(abi.encode(deal)));
        for (uint16 i = 0; i < deal.count; ++i) {
            bytes32 slotKey = bytes32(uint256(key) + i);
            DealStatus status = dealSlot[slotKey].status;
            if (status != DealStatus.None) revert KeyUsed(slotKey, status);
            uint64 position = REGISTRY.commit(
                deal.sellerMeter,
                deal.seller,
                deal.buyerMeter,
                deal.buyer,
                UTILITY,
                deal.interval + i,
                deal.energy,
                maxAhead
            );
            // forge-lint: disable-next-line(unsafe-typecast)
            dealSlot[slotKey] = DealSlot(DealStatus.Recorded, uint48(position), termsHash);
            emit DealRecorded(slotKey, deal.seller, deal.buyer, deal, i, position);
        }
    }
}
