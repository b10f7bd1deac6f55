namespace UserTcp;
