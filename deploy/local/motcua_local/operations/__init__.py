"""Operations that must not lose data: parked messages, republish, partitions, rebuild, backup."""
